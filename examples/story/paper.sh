# Part 2 of story.sh, taken over from paper: received 2026-02-05, accepted 2026-02-12, expert review from 2026-03-02 to
# 2026-03-06. Whoever enters it has to state the past (case:backdate) and to suspend (case:suspend). No role has both, so
# the security administrator lends the supervisor the import officer's role for it, and takes it back.
security=$(login demo.security)
expect 200 GET "$API/staff?limit=200" "$security"
supervisor_id=$(get '.items[] | select(.login == "food.supervisor") | .id')
expect 200 GET "$API/departments?limit=200&jurisdiction=cn-110101" ""
food=$(get '.items[] | select(.code == "market-supervision-food") | .id')

clerk=$(login food.clerk)
expect 403 POST "$API/cases" "$officer" "$(application '["application", "premises-layout", "food-safety-rules"]' \
  "$(jq -nc --arg c "$customer" '{customer: $c, channel: "counter", effectiveAt: "2026-02-05T01:30:00Z"}')")" "X-Reason: paper file 17"
expect 201 POST "$API/cases" "$clerk" "$(application '["application", "premises-layout", "food-safety-rules"]' \
  "$(jq -nc --arg c "$customer" '{customer: $c, channel: "counter", effectiveAt: "2026-02-05T01:30:00Z"}')")" "$(key)" "X-Reason: paper file 17"
paper=$(get .id)
act "$clerk" "$paper" POST acceptance '{"effectiveAt":"2026-02-12T01:00:00Z"}'
look "$clerk" "$paper"; stage in_progress
same "received" "$(local_day "$(get .receivedAt)")" 2026-02-05
clock intake 2026-02-12; clock statutory 2026-03-18; clock promise "$(working 2026-02-12 10)"
same "intake kept" "$(get '.clocks[] | select(.kind == "intake") | .kept')" true
tell "a paper file of 2026-02-05, accepted 2026-02-12: by law until 2026-03-18 (20 working days over the Spring Festival)"

expect 403 POST "$API/cases/$paper/suspension" "$supervisor" '{"reason":"expert_review","firstPausedDay":"2026-03-02"}' "If-Match: $ETAG"
expect 201 POST "$API/staff/$supervisor_id/memberships" "$security" "$(jq -nc --arg d "$food" '{role: "import_officer", department: $d}')"
membership=$(get .id)
give_back() { call DELETE "$API/staff/$supervisor_id/memberships/$membership" "$security" "" "If-Match: *"; rm -rf "$work"; }
trap give_back EXIT
supervisor=$(login food.supervisor)
act "$supervisor" "$paper" POST suspension '{"reason":"expert_review","expectedDays":5,"firstPausedDay":"2026-03-02"}'
act "$supervisor" "$paper" DELETE suspension '{"lastPausedDay":"2026-03-06"}'
look "$supervisor" "$paper"
clock statutory 2026-03-25; clock promise "$(working 2026-02-12 10 2026-03-02 2026-03-06)"
tell "five working days of expert review do not count: by law until 2026-03-25"

act "$supervisor" "$paper" POST decision '{"outcome":"granted","effectiveAt":"2026-03-09T02:00:00Z"}'
look "$supervisor" "$paper"; stage decided
same "on time" "$(get .onTime)" true
clock delivery "$(working 2026-03-09 10)"
act "$clerk" "$paper" POST delivery '{"method":"counter","effectiveAt":"2026-03-10T02:00:00Z"}'
act "$clerk" "$paper" POST closure '{"effectiveAt":"2026-03-10T02:00:00Z"}'
look "$clerk" "$paper"; stage closed
expect 204 DELETE "$API/staff/$supervisor_id/memberships/$membership" "$security" "" "If-Match: *"
trap 'rm -rf "$work"' EXIT
tell "granted, delivered until $(working 2026-03-09 10), closed; the lent role is taken back"
