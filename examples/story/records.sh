# Part 3 of story.sh: what the citizen, the auditor and a connected system can read of it.
expect 200 GET "$API/cases/$case/timeline?limit=200" "$citizen"
same "the citizen's timeline" "$(get '[.items[].event] | join(" ")')" \
  "case.submitted case.correction_requested case.supplemented case.accepted case.suspended case.resumed case.decided case.delivered case.closed case.evaluated"
same "names of staff in it" "$(get '[.items[] | select(has("actor"))] | length')" 0
same "who did what" "$(get '[.items[].by] | join(" ")')" \
  "you department you department department department department department department you"
tell "the citizen follows ten steps, and reads roles, not names"

auditor=$(login demo.auditor)
expect 400 GET "$API/cases/$case/timeline" "$auditor"
same "problem" "$(get .code)" reason_required
expect 200 GET "$API/cases/$case/timeline?limit=200" "$auditor" "" "X-Reason: Complaint 17 about this case"
get '[.items[].event] | join(" ")' > "$work/audited"
grep -q 'record.read' "$work/audited" || fail "the auditor should see who looked"
grep -q 'case.assigned' "$work/audited" || fail "the auditor should see the assignment"
same "actors" "$(get '[.items[] | select(has("actor") | not)] | length')" 0
rows=$(get '.items | length')
tell "the auditor must give a reason, and sees $rows rows with their actors, looks included"

client=$(awk 'NF > 1 && $(NF - 1) ~ /^client_/ { id = $(NF - 1) } END { print id }' "$PEOPLE")
secret=$(password "$client")
[ -n "$secret" ] || fail "no client in $PEOPLE"
STATUS=$(curl -sS -m 30 -o "$work/body" -w '%{http_code}' -u "$client:$secret" -d grant_type=client_credentials "$BASE/oauth/token")
same "token for the system" "$STATUS" 200
system=$(get .access_token)
after=0; : > "$work/feed"
for _ in $(seq 1 1000); do
  expect 200 GET "$API/events?after=$after&limit=500" "$system"
  jq -c '.items[]' "$work/body" >> "$work/feed"
  next=$(get .next)
  [ "$next" != "$after" ] || break
  after=$next
done
for id in "$case" "$paper"; do
  jq -r --arg id "$id" 'select(.subjects.caseId == $id) | .event' "$work/feed" > "$work/told"
  [ "$(grep -c '^case.accepted$' "$work/told")" = 1 ] || fail "the system should hear once that $id was accepted"
done
same "positions in order" "$(jq -s '[.[].position] | . == (sort | unique)' "$work/feed")" true
same "internal facts in the feed" "$(jq -s '[.[] | select(.audience == "internal")] | length' "$work/feed")" 0
tell "a connected system heard $(wc -l < "$work/feed") facts of its agency, each once, none internal"
