#!/usr/bin/env bash
# A purchase from registration to a completed order that the CRM knows of, against the demo shop of `make run`:
#
#   make run                   in one terminal
#   docs/purchase.sh           in another (needs curl and python3)
#
# SHOP and SANDBOX name other addresses.
set -euo pipefail
SHOP=${SHOP:-http://127.0.0.1:8000}
SANDBOX=${SANDBOX:-http://127.0.0.1:8010}

# say METHOD PATH [JSON]: asks the shop, as the buyer once there is a token; the answer is in $ANSWER.
TOKEN=
say() {
    ANSWER=$(curl -sS --fail-with-body -X "$1" "$SHOP$2" -H 'Content-Type: application/json' \
        ${TOKEN:+-H "Authorization: Bearer $TOKEN"} ${3:+-d "$3"}) || { echo "$1 $2: $ANSWER" >&2; exit 1; }
    echo "$1 $2"
}
# field NAME…: a member of the answer, by its path.
field() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda at, name: at[int(name) if isinstance(at, list) else name], sys.argv[1:], json.load(sys.stdin)))' \
    "$@" <<<"$ANSWER"; }

echo "--- a customer registers"
EMAIL="buyer-$(date +%s)-$$@example.com"
say POST /api/v1/auth/register/ '{"email": "'"$EMAIL"'", "password": "a-long-pass-1", "password_confirm": "a-long-pass-1",
    "user_type": "customer", "first_name": "Ann", "last_name": "Buyer"}'
TOKEN=$(field data access_token)

echo "--- looks for a lantern that is there, and puts two into the cart"
say GET '/api/v1/products/?search=lantern&in_stock=true&min_price=1'
PRODUCT=$(field results 0 id)
say POST /api/v1/cart/ '{"product_id": '"$PRODUCT"', "quantity": 2}'
say GET /api/v1/cart/
TOTAL=$(field total_amount)

echo "--- checks out $TOTAL: the order takes its stock now, or not at all"
say POST /api/v1/cart/checkout/ '{"shipping_address": "1 Main St, London", "billing_address": "1 Main St, London",
    "expected_total": "'"$TOTAL"'"}'
ORDER=$(field id)
NUMBER=$(field order_number)

echo "--- asks for a payment"
say POST "/api/v1/orders/$ORDER/create-payment/"
INTENT=$(field payment_intent_id)

echo "--- gives the card's number to Stripe (what stripe.js does in a browser; here: to the sandbox)"
curl -sS --fail-with-body -u sk_test_cartwright_sandbox: "$SANDBOX/v1/payment_intents/$INTENT/confirm" \
    -d payment_method=pm_card_visa >/dev/null

echo "--- and tells the shop, which asks Stripe itself"
say POST "/api/v1/orders/$ORDER/confirm-payment/"

echo "--- the order is completed; a moment later the CRM knows of it"
for _ in $(seq 100); do
    say GET "/api/v1/orders/$ORDER/" >/dev/null
    [ "$(field crm_sync_status)" = pending ] || break
    sleep 0.1
done
echo "order $NUMBER: $(field status), CRM: $(field crm_sync_status); mails lie in var/mail"
[ "$(field status)" = completed ] && [ "$(field crm_sync_status)" = success ]
