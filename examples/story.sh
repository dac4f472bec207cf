#!/usr/bin/env bash
# The story of two food-business licences over HTTP, told and checked with bash, curl and jq. Beside a demonstration:
#   gcrm demo | tee demo.txt                 # in one terminal; wait for "Try:"
#   examples/story.sh demo.txt               # in another, from the repository's folder
# demo.txt: any text with lines that end in "LOGIN PASSWORD" (the demonstration prints them at its first start only).
# BASE, GCRM (the binary), DATA (the service's data folder) and GCRM__KEYS__FILE can be set; without DATA no file is read.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BASE=${BASE:-http://127.0.0.1:8080}
API=$BASE/api/v1
PEOPLE=${1:-${PEOPLE:-demo.txt}}
CALENDAR=${CALENDAR:-$here/../config/calendars/cn.json}
GCRM=${GCRM:-$here/../target/release/gcrm}
DATA=${DATA:-data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- telling and checking ---------------------------------------------------------------------------------------------
step=0
tell() { step=$((step + 1)); printf '%2d. %s\n' "$step" "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; [ ! -s "$work/body" ] || { printf 'last answer: %s ' "${STATUS:-}"; head -c 2000 "$work/body"; echo; } >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: expected $3, got $2"; }   # same WHAT GOT EXPECTED
command -v jq >/dev/null || fail "jq is needed"
[ -r "$PEOPLE" ] || fail "no file $PEOPLE with logins and passwords; see the first lines of this script"
[ -r "$CALENDAR" ] || fail "no calendar $CALENDAR"

# --- talking to the service: call METHOD URL TOKEN [BODY [HEADER...]] leaves STATUS, the last seen
# ETAG, and $work/body
call() {
  local method=$1 url=$2 token=$3 body=${4:-}; shift $(( $# < 4 ? $# : 4 ))
  local args=(-sS -m 30 -X "$method" -o "$work/body" -D "$work/head" -w '%{http_code}' -H 'Accept-Language: en')
  [ -z "$token" ] || args+=(-H "Authorization: Bearer $token")
  [ -z "$body" ] || args+=(-H 'Content-Type: application/json' --data-binary "$body")
  for header in "$@"; do args+=(-H "$header"); done
  : > "$work/body"
  STATUS=$(curl "${args[@]}" "$url") || fail "$method $url: no answer; is the service running at $BASE?"
  local etag; etag=$(sed -n 's/\r$//; s/^[Ee][Tt][Aa][Gg]: //p' "$work/head"); ETAG=${etag:-${ETAG:-}}
}
expect() { local status=$1; shift; call "$@"; [ "$STATUS" = "$status" ] || fail "$1 $2: expected $status, got $STATUS"; }
get() { jq -r "$1" "$work/body"; }
key() { printf 'Idempotency-Key: story-%s' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"; }
password() { awk -v login="$1" 'NF > 1 && $(NF - 1) == login { word = $NF } END { print word }' "$PEOPLE"; }
login() {   # login NAME [PASSWORD]: prints an access token
  local word=${2:-$(password "$1")}
  [ -n "$word" ] || fail "no password of $1 in $PEOPLE (a new one: gcrm admin password $1)"
  expect 201 POST "$API/sessions" "" "$(jq -nc --arg l "$1" --arg p "$word" '{login: $l, password: $p}')"
  get .accessToken
}
# act TOKEN CASE METHOD VERB BODY: reads the case for its version, does the verb, leaves the summary in $work/body.
act() {
  expect 200 GET "$API/cases/$2" "$1"
  local version=$ETAG
  expect 200 "$3" "$API/cases/$2/$4" "$1" "$5" "If-Match: $version" "$(key)"
}
look() { expect 200 GET "$API/cases/$2" "$1"; }
stage() { same "stage" "$(get .stage)" "$1"; }

# --- an independent calculation of due days: plain day-by-day counting over the published calendar --------------------
days() {
  jq -rn --slurpfile cal "$CALENDAR" --arg from "$1" --argjson n "$2" --arg what "$3" --arg first "${4:-}" --arg last "${5:-}" '
    def stamp: . + "T00:00:00Z" | fromdate;
    def day: todate[0:10];
    def paused: $first != "" and . >= $first and . <= $last;
    def worked: . as $d | $cal[0].years[$d[0:4]] as $y
      | if ($y.make_up_workdays // []) | index($d) then true
        elif ($y.days_off // []) | index($d) then false
        else ($d | stamp | gmtime | .[6]) as $w | $w != 0 and $w != 6 end;
    def next: stamp + 86400 | day;
    if $what == "working" then
      [$from, $n] | until(.[1] == 0; (.[0] | next) as $d | [$d, (if ($d | worked) and ($d | paused | not) then .[1] - 1 else .[1] end)]) | .[0]
    else ($from | stamp + 86400 * $n | day) | until(worked; next) end'
}
working() { days "$1" "$2" working "${3:-}" "${4:-}"; }     # working DAY N [FIRST LAST]: N working days after DAY
natural() { days "$1" "$2" natural; }                       # natural DAY N: N days after DAY, rolled off days off
local_day() { jq -rn --arg at "$1" '$at | sub("\\.[0-9]+"; "") | fromdate + 8 * 3600 | todate[0:10]'; }  # Asia/Shanghai
midnight_after() { jq -rn --arg d "$1" '$d + "T00:00:00Z" | fromdate + 86400 - 8 * 3600 | todate'; }
whole() { sed -E 's/\.[0-9]+Z$/Z/'; }
# clock KIND DUE_DAY: the last clock of a kind ends on that day, at the next midnight in Shanghai.
clock() {
  same "$1 clock's last day" "$(get "[.clocks[] | select(.kind == \"$1\")] | last | .dueOn")" "$2"
  same "$1 clock's end" "$(get "[.clocks[] | select(.kind == \"$1\")] | last | .dueAt" | whole)" "$(midnight_after "$2")"
}
stopped() { same "$1 clock runs" "$(get "[.clocks[] | select(.kind == \"$1\")] | last | .stoppedAt == null")" false; }
can() { same "what can be done" "$(get '[.availableActions[].action] | sort | join(" ")')" "$1"; }

# The calculation itself against the published examples: accepted on Thursday 2026-02-12, before the Spring Festival.
same "+1" "$(working 2026-02-12 1)" 2026-02-13
same "+5" "$(working 2026-02-12 5)" 2026-02-26
same "+20" "$(working 2026-02-12 20)" 2026-03-18
same "+20, paused 03-02 to 03-06" "$(working 2026-02-12 20 2026-03-02 2026-03-06)" 2026-03-25
same "60 days" "$(natural 2026-03-10 60)" 2026-05-09

. "$here/story/online.sh"
. "$here/story/paper.sh"
. "$here/story/records.sh"
. "$here/story/evidence.sh"
echo "The story holds: $step steps."
