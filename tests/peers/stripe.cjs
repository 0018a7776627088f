// Stripe's own library: as the client of the sandbox, and as the judge of its webhooks.
'use strict';
const assert = require('node:assert');

const secret = 'whsec_cartwright_sandbox';

module.exports = async ({library, receiver, test, post, base}) => {
    const Stripe = library('stripe');
    const {hostname: host, port} = new URL(base);
    const make = (key, retries = 0) =>
        new Stripe(key, {host, port, protocol: 'http', telemetry: false, maxNetworkRetries: retries});
    const stripe = make('sk_test_peers');
    const control = (wishes) => post(`${base}/sandbox/control`, {gateway: 'stripe', ...wishes});
    const create = (more = {}, options = {}) => stripe.paymentIntents.create(
        {amount: 199998, currency: 'usd', automatic_payment_methods: {enabled: true}, metadata: {order_id: '1', 'a b': 'x&y=é'}, ...more},
        options);
    const event = (type, intent) => (one) => {
        const body = JSON.parse(one.body);
        return body.type === type && (body.data.object.id === intent || body.data.object.payment_intent === intent);
    };

    await test('stripe: create, confirm, retrieve', async () => {
        const made = await create();
        assert.strictEqual(made.status, 'requires_payment_method');
        assert.deepStrictEqual({...made.metadata}, {order_id: '1', 'a b': 'x&y=é'});
        const paid = await stripe.paymentIntents.confirm(made.id, {payment_method: 'pm_card_visa', return_url: 'https://shop.example/r?x=1'});
        assert.strictEqual(paid.status, 'succeeded');
        assert.strictEqual(paid.amount_received, 199998);
        const found = await stripe.paymentIntents.retrieve(made.id, {expand: ['latest_charge']});
        assert.strictEqual(found.latest_charge.object, 'charge');
    });

    await test('stripe: its verifier accepts our webhook', async () => {
        const made = await create();
        await stripe.paymentIntents.confirm(made.id, {payment_method: 'pm_card_visa'});
        const came = await receiver.wait(event('payment_intent.succeeded', made.id));
        assert.strictEqual(came.path, '/api/v1/webhooks/stripe/');
        const header = came.headers['stripe-signature'];
        const read = stripe.webhooks.constructEvent(came.body, header, secret);
        assert.strictEqual(read.data.object.id, made.id);
        assert.throws(() => stripe.webhooks.constructEvent(came.body + ' ', header, secret));
        assert.throws(() => stripe.webhooks.constructEvent(came.body, header, 'whsec_other'));
    });

    await test('stripe: a decline is a card error and the intent stays open', async () => {
        const made = await create();
        const declined = stripe.paymentIntents.confirm(made.id, {payment_method: 'pm_card_chargeDeclinedInsufficientFunds'});
        await assert.rejects(declined, (error) => error.type === 'StripeCardError' && error.statusCode === 402 &&
            error.decline_code === 'insufficient_funds' && error.payment_intent.status === 'requires_payment_method');
        await receiver.wait(event('payment_intent.payment_failed', made.id));
        const paid = await stripe.paymentIntents.confirm(made.id, {payment_method: 'pm_card_mastercard'});
        assert.strictEqual(paid.status, 'succeeded');
    });

    await test('stripe: the bank asks the buyer', async () => {
        const made = await create({payment_method: 'pm_card_authenticationRequired', confirm: true, return_url: 'http://shop.test/back'});
        assert.strictEqual(made.status, 'requires_action');
        const url = made.next_action.redirect_to_url.url;
        assert.match(await (await fetch(url)).text(), /<button name="outcome" value="success">/);
        const answered = await post(url, new URLSearchParams({outcome: 'success'}));
        assert.strictEqual(answered.status, 303);
        assert.match(answered.headers.get('location'), /^http:\/\/shop\.test\/back\?payment_intent=pi_.*redirect_status=succeeded$/);
        assert.strictEqual((await stripe.paymentIntents.retrieve(made.id)).status, 'succeeded');
    });

    await test('stripe: capture by hand, cancel, update', async () => {
        const held = await create({capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true});
        assert.strictEqual(held.status, 'requires_capture');
        const captured = await stripe.paymentIntents.capture(held.id, {amount_to_capture: 500});
        assert.strictEqual(captured.amount_received, 500);
        const other = await create();
        const changed = await stripe.paymentIntents.update(other.id, {amount: 500, metadata: {order_id: ''}});
        assert.strictEqual(changed.amount, 500);
        assert.ok(!('order_id' in changed.metadata));
        const gone = await stripe.paymentIntents.cancel(other.id, {cancellation_reason: 'requested_by_customer'});
        assert.strictEqual(gone.status, 'canceled');
        await assert.rejects(stripe.paymentIntents.confirm(other.id, {payment_method: 'pm_card_visa'}),
            (error) => error.code === 'payment_intent_unexpected_state' && error.statusCode === 400);
    });

    await test('stripe: refunds', async () => {
        const made = await create({payment_method: 'pm_card_visa', confirm: true});
        const part = await stripe.refunds.create({payment_intent: made.id, amount: 98, reason: 'requested_by_customer', metadata: {r: '1'}});
        assert.strictEqual(part.status, 'succeeded');
        assert.strictEqual(part.reason, 'requested_by_customer');
        const charge = JSON.parse((await receiver.wait(event('charge.refunded', made.id))).body).data.object;
        assert.strictEqual(charge.amount_refunded, 98);
        assert.strictEqual((await stripe.refunds.create({payment_intent: made.id})).amount, 199900);
        await assert.rejects(stripe.refunds.create({payment_intent: made.id}), {code: 'charge_already_refunded'});
        assert.strictEqual((await stripe.refunds.list({payment_intent: made.id})).data.length, 2);
        assert.strictEqual((await stripe.refunds.retrieve(part.id)).amount, 98);
    });

    await test('stripe: idempotency keys', async () => {
        const options = {idempotencyKey: 'order-1-attempt-1'};
        const first = await create({}, options);
        const again = await create({}, options);
        assert.strictEqual(first.id, again.id);
        assert.strictEqual(again.lastResponse.headers['idempotent-replayed'], 'true');
        await assert.rejects(create({amount: 5}, options), (error) => error.type === 'StripeIdempotencyError' && error.statusCode === 400);
    });

    await test('stripe: an answer that breaks off is found again by its key', async () => {
        await control({drop_after_work: 1});
        const headers = {Authorization: 'Bearer sk_test_peers', 'Idempotency-Key': 'drop-1'};
        await assert.rejects(async () => {
            await (await post(`${base}/v1/payment_intents`, new URLSearchParams({amount: 777, currency: 'usd'}), headers)).text();
        });
        const made = await stripe.paymentIntents.create({amount: 777, currency: 'usd'}, {idempotencyKey: 'drop-1'});
        const all = await stripe.paymentIntents.list({limit: 100});
        assert.deepStrictEqual(all.data.filter((one) => one.amount === 777).map((one) => one.id), [made.id]);
    });

    await test('stripe: failures on demand, and lists page by page', async () => {
        await control({fail_next: 1, status: 503});
        await assert.rejects(create(), {statusCode: 503, type: 'StripeAPIError'});
        await control({fail_next: 1, status: 429});
        await assert.rejects(create(), {statusCode: 429, type: 'StripeRateLimitError'});
        let seen = 0;
        for await (const one of stripe.paymentIntents.list({limit: 2})) seen += one.id.startsWith('pi_') ? 1 : 0;
        assert.ok(seen > 5);
    });

    await test('stripe: errors in its shape', async () => {
        await assert.rejects(stripe.paymentIntents.retrieve('pi_none'), {code: 'resource_missing', statusCode: 404});
        await assert.rejects(create({amount: 49}), {code: 'amount_too_small', param: 'amount'});
        await assert.rejects(create({colour: 'red'}), {code: 'parameter_unknown'});
        await assert.rejects(make('sk_live_peers').paymentIntents.list(), {type: 'StripeAuthenticationError'});
    });

    await test('stripe: webhooks come twice, in another order, again after a failure, or not at all', async () => {
        await control({duplicate_webhooks: true});
        const twice = await create();
        await new Promise((done) => setTimeout(done, 300));
        const ids = receiver.got.filter(event('payment_intent.created', twice.id)).map((one) => JSON.parse(one.body).id);
        assert.strictEqual(ids.length, 2);
        assert.strictEqual(ids[0], ids[1]);

        await control({duplicate_webhooks: false, reorder_webhooks: true});
        const swapped = await create({payment_method: 'pm_card_visa', confirm: true});
        await receiver.wait(event('payment_intent.succeeded', swapped.id));
        await receiver.wait(event('payment_intent.created', swapped.id));
        const types = receiver.got.map((one) => JSON.parse(one.body)).filter((one) => one.data.object.id === swapped.id ||
            one.data.object.payment_intent === swapped.id).map((one) => one.type);
        assert.ok(types.indexOf('charge.succeeded') < types.indexOf('payment_intent.created'), types.join());

        await control({reorder_webhooks: false});
        let refusals = 2;
        receiver.answer = () => (refusals-- > 0 ? 500 : 200);
        const stubborn = await create();
        await new Promise((done) => setTimeout(done, 2500));
        assert.strictEqual(receiver.got.filter(event('payment_intent.created', stubborn.id)).length, 3);

        await control({webhooks: false});
        const silent = await create();
        await new Promise((done) => setTimeout(done, 300));
        assert.ok(!receiver.got.some(event('payment_intent.created', silent.id)));
        await control({webhooks: true});
    });
};
