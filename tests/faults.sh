#!/usr/bin/env bash
# What happens to gcrm when things die: kill -9 in the replay and under submissions, PostgreSQL stopped and frozen under
# load. One line a check; exits with 1 when one failed. Stops everything it started.
#   tests/faults.sh [replay|submissions|postgres]...        all three without arguments
# GCRM: the binary (default target/release/gcrm). KILLS: how often the replay is killed (3). LOAD_S: seconds of load before
# each fault (4). REPLAY_S: seconds that a whole replay may take (300; a debug build on a busy machine needs more).
# CLIENTS: parallel clients (16). PORT, PG_PORT: 18080, 55432. Needs curl, jq, sqlite3; postgres needs PostgreSQL's initdb.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
GCRM=$(realpath "${GCRM:-$here/target/release/gcrm}")
KILLS=${KILLS:-3} LOAD_S=${LOAD_S:-4} REPLAY_S=${REPLAY_S:-300} CLIENTS=${CLIENTS:-16}
PORT=${PORT:-18080} PG_PORT=${PG_PORT:-55432}
BASE=http://127.0.0.1:$PORT API=http://127.0.0.1:$PORT/api/v1
export GCRM__SERVER__BIND=127.0.0.1:$PORT GCRM__SERVER__PUBLIC_URL=$BASE GCRM__LOG__LEVEL=warn
export GCRM__FILING__PER_ACCOUNT=0   # one citizen files for all
unset DATABASE_URL GCRM_CONFIG

work=$(mktemp -d)
chmod 755 "$work"
failed=0 server='' load='' cluster='' frozen=''
for tool in curl jq sqlite3; do command -v "$tool" > /dev/null || { echo "$tool is needed" >&2; exit 2; }; done
[ -x "$GCRM" ] || { echo "no binary $GCRM (set GCRM)" >&2; exit 2; }

ok() { printf 'ok    %s\n' "$*"; }
no() { printf 'NOT OK %s\n' "$*"; failed=1; }
equal() { if [ "$2" = "$3" ]; then ok "$1: $2"; else no "$1: got $2, expected $3"; fi; }        # equal WHAT GOT EXPECTED
below() { if awk "BEGIN { exit !($2 <= $3) }"; then ok "$1: $2 s"; else no "$1: $2 s, at most $3 s"; fi; }
now() { date +%s.%N; }
since() { awk "BEGIN { printf \"%.2f\", $(now) - $1 }"; }
died() { printf 'NOT OK %s\n' "$*"; tail -n 20 "${log:-/dev/null}"; exit 1; }

# shellcheck disable=SC2329
stop_all() {
  rm -f "$work"/*/loading
  [ -z "$server" ] || { kill -9 "$server"; wait "$server"; } 2> /dev/null
  [ -z "$frozen" ] || kill -CONT $frozen 2> /dev/null
  [ -z "$cluster" ] || as_postgres "$pg_bin/pg_ctl" -D "$cluster" -m immediate -w stop > /dev/null 2>&1
  if [ "${KEEP:-}" = 1 ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# --- a service with a citizen ------------------------------------------------------------------------------------------
serve() {   # starts the service in the current folder; leaves its pid in $server
  "$GCRM" serve >> "$log" 2>&1 &
  server=$!
  local from; from=$(now)
  until curl -sf -m 2 -o /dev/null "$BASE/health/ready"; do
    kill -0 "$server" 2> /dev/null || died "the service did not start"
    below_limit "$from" 30 || died "the service is not ready after 30 s"
    sleep 0.05
  done
  started_in=$(since "$from")
}
below_limit() { awk "BEGIN { exit !($(now) - $1 < $2) }"; }
kill_server() { kill -9 "$server"; wait "$server" 2> /dev/null; server=''; }

settle() {   # an empty database with the catalogues and one citizen; leaves an access token in $token
  "$GCRM" migrate >> "$log" 2>&1 || died "gcrm migrate"
  "$GCRM" import "$here/config/catalogue" >> "$log" 2>&1 || died "gcrm import"
  serve
  local word="lamp oven river glass $RANDOM$RANDOM"
  local account='{"login":"faults.one","displayName":"Faults","password":"'$word'"}'
  json -o /dev/null -d "$account" "$API/accounts" || died "no account"
  token=$(json -d '{"login":"faults.one","password":"'"$word"'"}' "$API/sessions" | jq -r .accessToken)
  json -o /dev/null -H "Authorization: Bearer $token" "$API/customers" -d '{"name":"Faults","details":{"kind":"individual"},
    "contactPoints":[{"contact":{"kind":"email","value":"faults@example.org"}}]}' || died "no customer"
}
json() { curl -sSf -m 20 -H 'Content-Type: application/json' "$@"; }

# --- load: $CLIENTS at once submit food-business licences; one line for each: KEY STATUS SECONDS TYPE LOCATION -----------
application='{"jurisdiction":"cn-110101","serviceItem":"food-business-licence","intent":"submit","materials":["application"],
  "form":{"premisesAddress":"1 Sample Street","businessForm":"catering","operations":["hot_food"],"floorArea":80}}'
submit_one() {   # submit_one KEY FILE
  curl -s -m 20 -o /dev/null -X POST "$API/cases" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: $1" --data-binary "$application" \
    -w "$1 %{http_code} %{time_total} %{content_type} %header{location}\n" >> "$2" 2> /dev/null
}
client() {   # client NAME FILE: submits as long as there is a file "loading"; after a failure it waits a moment
  local n=0
  while [ -e loading ]; do
    n=$((n + 1))
    submit_one "faults-$1-$(printf '%09d' "$n")" "$2" && tail -n 1 "$2" | grep -q ' 503 ' && sleep 0.1
  done
}
submit() {   # reads keys, submits them by $CLIENTS at once
  export -f submit_one; export API token application
  xargs -P "$CLIENTS" -I{} bash -c 'submit_one "$1" "$2"' - {} "$1"
}
start_load() {   # start_load FILE
  local i
  : > loading
  for i in $(seq "$CLIENTS"); do client "$(basename "$1")-$RANDOM$RANDOM-$i" "$1" & load="$load $!"; done
}
stop_load() {
  rm -f loading
  # shellcheck disable=SC2086
  wait $load 2> /dev/null
  load=''
}
acknowledged() { awk '$2 == 201 { print $NF }' "$@" | sort -u; }
unanswered() { awk '$2 != 201 { print $1 }' "$@" | sort -u; }

readable() {   # readable FILE...: every acknowledged case answers 200 to its citizen
  acknowledged "$@" | sed "s|.*|url = \"$BASE&\"\noutput = /dev/null|" > read.curl
  printf 'header = "Authorization: Bearer %s"\nwrite-out = "%%{http_code}\\n"\nsilent\nmax-time = 20\n' "$token" >> read.curl
  local unread; unread=$(curl -K read.curl | grep -vc '^200$')
  equal "acknowledged cases that cannot be read" "$unread" 0
}
repeat_unanswered() {   # repeat_unanswered FILE...: the same requests with the same keys, until each is acknowledged
  unanswered "$@" | submit repeated
  equal "unanswered requests that fail when repeated with their key" "$(awk '$2 != 201' repeated | wc -l)" 0
  cases=$(query "SELECT count(*) FROM cases")
  equal "cases in the database" "$cases" "$(cat "$@" repeated | awk '{ print $1 }' | sort -u | wc -l)"
  equal "cases acknowledged" "$(acknowledged "$@" repeated | wc -l)" "$cases"
}
whole() {   # nothing half done: every case with content, journal row and intake clock, and none of them without a case
  local lone="SELECT count(*) FROM"
  equal "cases without what was filed" "$(query "$lone cases WHERE id NOT IN (SELECT case_id FROM case_contents)")" 0
  equal "cases without their journal row" "$(query "$lone cases WHERE id NOT IN
    (SELECT case_id FROM journal WHERE event = 'case.submitted' AND case_id IS NOT NULL)")" 0
  equal "cases without a clock" "$(query "$lone cases WHERE stage = 'submitted' AND id NOT IN (SELECT case_id FROM clocks)")" 0
  equal "cases filed twice in the journal" "$(query "$lone (SELECT case_id FROM journal WHERE event = 'case.submitted'
    GROUP BY case_id HAVING count(*) > 1) AS twice")" 0
  equal "journal rows of no case" "$(query "$lone journal WHERE case_id IS NOT NULL AND case_id NOT IN (SELECT id FROM cases)")" 0
}
settled() {   # the ledger has placed every row
  local from; from=$(now)
  until [ "$(query "SELECT count(*) FROM journal WHERE position IS NULL")" = 0 ]; do
    below_limit "$from" 30 || { no "rows without a position after 30 s"; return; }
    sleep 0.1
  done
}
verified() {
  local said
  if said=$("$GCRM" verify 2>&1); then ok "gcrm verify: ${said##*$'\n'}"; else no "gcrm verify: ${said##*$'\n'}"; fi
}
integrity() {
  equal "PRAGMA integrity_check" "$(sqlite3 "$1" 'PRAGMA integrity_check')" ok
  equal "PRAGMA foreign_key_check" "$(sqlite3 "$1" 'PRAGMA foreign_key_check' | wc -l)" 0
}
quiet_log() { equal "panics in the log" "$(grep -ci 'panicked' "$log")" 0; }

. "$here/tests/faults/replay.sh"
. "$here/tests/faults/submissions.sh"
. "$here/tests/faults/postgres.sh"

[ $# -gt 0 ] || set -- replay submissions postgres
for part in "$@"; do
  case $part in replay | submissions | postgres) ;; *) echo "no part $part" >&2; exit 2 ;; esac
  printf '== %s\n' "$part"
  mkdir "$work/$part"; cd "$work/$part" || exit 2
  log=$work/$part/log; : > "$log"
  "part_$part"
done
[ "$failed" = 0 ] && echo "All held." || echo "Something did not hold."
exit "$failed"
