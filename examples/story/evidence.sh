# Part 4 of story.sh, where the service's own files are at hand: mails, the journal's chain, and a forgery.
if [ ! -d "$DATA" ]; then
  tell "no folder $DATA here: mails and journal are not looked at (DATA names the service's folder)"
  return 0
fi
mails() {   # how many mails to the story's citizen, subjects decoded
  grep -lis "^To: .*$login_name@example.org" "$DATA"/mail/*.eml 2>/dev/null | wc -l
}
for _ in $(seq 1 100); do [ "$(mails)" -lt 11 ] || break; sleep 0.1; done
same "mails to the applicant" "$(mails)" 11
tell "11 mails to the applicant: received, accepted, suspended, decided, closed of each case, and one correction notice"

[ -f "$DATA/gcrm.db" ] || { tell "no SQLite file in $DATA: the journal is not forged"; return 0; }
[ -x "$GCRM" ] || fail "no binary $GCRM (set GCRM)"
command -v sqlite3 > /dev/null || { tell "no sqlite3 here: the journal is not forged"; return 0; }
export GCRM__KEYS__FILE=${GCRM__KEYS__FILE:-$DATA/keys}
export GCRM__JOURNAL__CHECKPOINTS=${GCRM__JOURNAL__CHECKPOINTS:-$DATA/checkpoints}
verify() { DATABASE_URL="sqlite://$1" "$GCRM" verify > "$work/verified" 2> "$work/verify.err"; }
verify "$DATA/gcrm.db" || fail "the journal does not verify: $(cat "$work/verified" "$work/verify.err")"
tell "gcrm verify beside the running service: $(cat "$work/verified")"

sqlite3 "$DATA/gcrm.db" ".timeout 5000" "VACUUM INTO '$work/copy.db'"
# The service may sign a newer end meanwhile, which the copy rightly lacks.
export GCRM__JOURNAL__CHECKPOINTS=
verify "$work/copy.db" || fail "the copy does not verify: $(cat "$work/verified" "$work/verify.err")"
# The accepted row of the paper file: "deemed":false becomes "deemed":falsf. No trigger of a database stops its owner.
sqlite3 "$work/copy.db" <<SQL
DROP TRIGGER journal_place_once; DROP TRIGGER journal_no_delete;
UPDATE journal SET facts = replace(facts, 'false', 'falsf') WHERE case_id = '$paper' AND event = 'case.accepted';
SQL
forged=$(sqlite3 "$work/copy.db" "SELECT id FROM journal WHERE case_id = '$paper' AND event = 'case.accepted'")
if verify "$work/copy.db"; then fail "a forged journal verifies"; fi
grep -q "$forged" "$work/verified" || fail "verify should name $forged: $(cat "$work/verified" "$work/verify.err")"
tell "one byte changed in a copy: $(cat "$work/verified")"
