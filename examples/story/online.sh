# Part 1 of story.sh, today: a citizen applies online with a material missing, and gets the licence.
expect 200 GET "$BASE/health/ready" ""
login_name=story.$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
login_word="lamp oven river $(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')"

expect 201 POST "$API/accounts" "" "$(jq -nc --arg l "$login_name" --arg p "$login_word" \
  '{login: $l, password: $p, displayName: "Story", locale: "en"}')"
citizen=$(login "$login_name" "$login_word")
tell "$login_name registered and logged in"

application() {   # application MATERIALS [EXTRA]: the body of a new case
  jq -nc --argjson materials "$1" --argjson extra "${2:-{\}}" '{
    jurisdiction: "cn-110101", serviceItem: "food-business-licence", intent: "submit", materials: $materials,
    form: {premisesAddress: "1 Sample Street", businessForm: "catering", operations: ["hot_food"], floorArea: 80}} + $extra'
}
expect 409 POST "$API/cases" "$citizen" "$(application '["application"]')"
same "problem" "$(get .code)" no_customer
tell "nobody can apply before saying who they are (409 no_customer)"

# The synthetic resident ID of the design's vectors: right check digit, born 1900-01-01.
customer_card() {
  jq -nc --arg id "$1" --arg mail "$login_name@example.org" '{
    name: "样例乙", details: {kind: "individual", birthDate: "1900-01-01"}, preferredLanguage: "en", preferredChannel: "email",
    identifiers: [{scheme: "resident_id", value: $id}], contactPoints: [{contact: {kind: "email", value: $mail}, preferred: true}]}'
}
expect 400 POST "$API/customers" "$citizen" "$(customer_card 110101190002290011)"
same "pointer" "$(get '.errors[0].pointer')" /identifiers/0/value
tell "a resident ID of a day that never was (1900-02-29) is refused, with its place in the body"
expect 201 POST "$API/customers" "$citizen" "$(customer_card 110101190001010022)" "$(key)"
customer=$(get .id)
same "masked identifier" "$(get '.identifiers[0].masked')" '110101********0022'
tell "registered as customer; the identifier is shown as 110101********0022"

expect 400 POST "$API/cases" "$citizen" '{"jurisdiction":"cn-110101","serviceItem":"food-business-licence","form":{"floorArea":-1},"materials":["nonsense"]}'
[ "$(get '.errors | length')" -ge 4 ] || fail "a wrong application should tell every error at once"
tell "a wrong application is refused with all $(get '.errors | length') errors at once"

once=$(key)
expect 201 POST "$API/cases" "$citizen" "$(application '["application", "food-safety-rules"]')" "$once"
case=$(get .id); number=$(get .number)
expect 201 POST "$API/cases" "$citizen" "$(application '["application", "food-safety-rules"]')" "$once"
same "case of the repeated request" "$(get .id)" "$case"
look "$citizen" "$case"; stage submitted
today=$(local_day "$(get .receivedAt)")
clock intake "$(working "$today" 5)"
same "missing materials" "$(get '[.materials[] | select(.state == "missing") | .code] | join(" ")')" premises-layout
can "withdraw"
tell "filed as $number, twice with one key, once kept; acceptance due $(working "$today" 5)"

officer=$(login food.officer); supervisor=$(login food.supervisor)
expect 404 GET "$API/cases/$case" "$(login info.officer)"
tell "an officer of another department cannot even learn that it exists (404)"
act "$officer" "$case" POST claim '{}'
act "$officer" "$case" POST correction '{"notice":"The layout of the premises is missing."}'
look "$officer" "$case"; stage correction
clock correction "$(natural "$today" 30)"
tell "the officer asked, once, for what is missing; time until $(natural "$today" 30)"

expect 200 GET "$API/cases/$case" "$officer"; version=$ETAG
act "$citizen" "$case" POST supplement '{"materials":["premises-layout"]}'
look "$citizen" "$case"; stage submitted; stopped correction
clock intake "$(working "$today" 5)"
tell "the citizen handed it in the same day; acceptance still due $(working "$today" 5)"

expect 412 POST "$API/cases/$case/acceptance" "$officer" '{}' "If-Match: $version"
expect 428 POST "$API/cases/$case/acceptance" "$officer" '{}'
expect 403 POST "$API/cases/$case/acceptance" "$officer" '{"effectiveAt":"2026-02-12T01:00:00Z"}' 'If-Match: *'
tell "an old version (412), no version (428), an officer's stated past (403) are refused"
act "$officer" "$case" POST acceptance '{}'
look "$officer" "$case"; stage in_progress; stopped intake
accepted=$(local_day "$(get .acceptedAt)")
clock promise "$(working "$accepted" 10)"; clock statutory "$(working "$accepted" 20)"
tell "accepted; promised until $(working "$accepted" 10), by law until $(working "$accepted" 20)"

expect 403 POST "$API/cases/$case/suspension" "$officer" '{"reason":"expert_review","expectedDays":5}' "If-Match: $ETAG"
act "$supervisor" "$case" POST suspension '{"reason":"expert_review","expectedDays":5}'
look "$supervisor" "$case"; stage in_progress
same "suspended" "$(get .suspended)" true
expect 409 POST "$API/cases/$case/decision" "$supervisor" '{"outcome":"granted"}' "If-Match: $ETAG"
same "problem" "$(get .code)" suspended
first=$(local_day "$(date -u +%FT%TZ)")
act "$supervisor" "$case" DELETE suspension "$(jq -nc --arg d "$first" '{lastPausedDay: $d}')"
look "$supervisor" "$case"
same "suspended" "$(get .suspended)" false
paused_from=$(get '.pauses[] | select(.reason == "expert_review") | .firstPausedDay')
clock statutory "$(working "$accepted" 20 "$paused_from" "$first")"
clock promise "$(working "$accepted" 10 "$paused_from" "$first")"
tell "expert review: suspended, not decidable, resumed; by law until $(working "$accepted" 20 "$paused_from" "$first") now"

expect 403 POST "$API/cases/$case/decision" "$officer" '{"outcome":"granted"}' "If-Match: $ETAG"
expect 400 POST "$API/cases/$case/decision" "$supervisor" '{"outcome":"refused"}' "If-Match: $ETAG"
same "what a refusal needs" "$(get '[.errors[].pointer] | sort | join(" ")')" "/appealRoute /reasons"
act "$supervisor" "$case" POST decision '{"outcome":"granted"}'
look "$supervisor" "$case"; stage decided; stopped promise; stopped statutory
decided=$(local_day "$(get .decidedAt)")
same "on time" "$(get .onTime)" true
clock delivery "$(working "$decided" 10)"
tell "a refusal would need reasons and the way of appeal; granted by the supervisor; delivery until $(working "$decided" 10)"

expect 409 POST "$API/cases/$case/closure" "$officer" '{}' "If-Match: $ETAG"
act "$officer" "$case" POST delivery '{"method":"electronic"}'
look "$officer" "$case"; stage decided; stopped delivery
act "$officer" "$case" POST closure '{}'
look "$citizen" "$case"; stage closed; can evaluate
tell "delivered, then closed"
expect 201 POST "$API/cases/$case/evaluation" "$citizen" '{"level":1,"comment":"Quick and friendly."}' "$(key)"
same "stars" "$(get .stars)" 5
expect 409 POST "$API/cases/$case/evaluation" "$citizen" '{"level":5}'
again=$(get .code)
look "$citizen" "$case"; can ""
tell "rated very satisfied, once (a second rating: 409 $again)"
