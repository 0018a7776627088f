// PhonePe: its own library for v2; for v1, which has none, X-VERIFY computed with node's crypto.
'use strict';
const assert = require('node:assert');
const {createHash} = require('node:crypto');

const salt = 'cartwright-sandbox-salt-key';
const merchantId = 'CARTWRUAT';
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const verify = (text) => `${sha256(text + salt)}###1`;
const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64');

module.exports = async ({library, receiver, test, post, base}) => {
    const pay = (id, more = {}, header = undefined) => {
        const request = base64({merchantId, merchantTransactionId: id, merchantUserId: 'MUID_1', amount: 113000, redirectMode: 'REDIRECT',
            redirectUrl: 'http://shop.test/back', callbackUrl: `${receiver.url}/v1`, paymentInstrument: {type: 'PAY_PAGE'}, ...more});
        return post(`${base}/pg/v1/pay`, {request}, {'X-VERIFY': header ?? verify(`${request}/pg/v1/pay`)});
    };
    const status = async (id) => {
        const path = `/pg/v1/status/${merchantId}/${id}`;
        return (await fetch(base + path, {headers: {'X-VERIFY': verify(path), 'X-MERCHANT-ID': merchantId}})).json();
    };
    const decide = (url, outcome, mode) => post(url, new URLSearchParams({outcome, mode}));

    await test('phonepe v1: pay, be told, ask, refund', async () => {
        const begun = await (await pay('TXN_1')).json();
        assert.strictEqual(begun.code, 'PAYMENT_INITIATED');
        const {url} = begun.data.instrumentResponse.redirectInfo;
        assert.match(await (await fetch(url)).text(), /₹ 1130\.00/);
        assert.strictEqual((await status('TXN_1')).code, 'PAYMENT_PENDING');
        const back = await decide(url, 'success', 'CARD');
        assert.strictEqual(back.headers.get('location'), 'http://shop.test/back');
        const came = await receiver.wait((one) => one.path === '/v1');
        const {response} = JSON.parse(came.body);
        assert.strictEqual(came.headers['x-verify'], verify(response));
        const told = JSON.parse(Buffer.from(response, 'base64').toString());
        assert.strictEqual(told.code, 'PAYMENT_SUCCESS');
        assert.strictEqual(told.data.amount, 113000);
        assert.strictEqual((await status('TXN_1')).data.paymentInstrument.type, 'CARD');
        const request = base64({merchantId, originalTransactionId: 'TXN_1', merchantTransactionId: 'RFD_1', amount: 13000});
        const refund = await post(`${base}/pg/v1/refund`, {request}, {'X-VERIFY': verify(`${request}/pg/v1/refund`)});
        assert.strictEqual((await refund.json()).code, 'PAYMENT_PENDING');
        assert.strictEqual((await status('RFD_1')).code, 'PAYMENT_SUCCESS');
    });

    await test('phonepe v1: refusals', async () => {
        assert.strictEqual((await pay('TXN_2', {}, `${'0'.repeat(64)}###1`)).status, 401);
        assert.strictEqual((await pay('TXN_2', {amount: 99})).status, 400);
        assert.strictEqual((await pay('TXN_1', {amount: 200})).status, 400);
        assert.strictEqual((await status('TXN_9')).code, 'TRANSACTION_NOT_FOUND');
    });

    const {BaseUrl} = library('pg-sdk-node/dist/common/constants/BaseUrl');
    Object.assign(BaseUrl.SANDBOX, {PG_HOST_URL: base, OAUTH_HOST_URL: base, EVENTS_HOST_URL: base});
    const {StandardCheckoutClient, StandardCheckoutPayRequest, RefundRequest, Env} = library('pg-sdk-node');
    const client = StandardCheckoutClient.getInstance('cartwright_sandbox', 'cartwright_sandbox_secret', 1, Env.SANDBOX, false);

    await test('phonepe v2: pay, be told, ask, refund', async () => {
        const begun = await client.pay(StandardCheckoutPayRequest.builder().merchantOrderId('ORD1').amount(113000)
            .redirectUrl('https://shop.example/r').build());
        assert.strictEqual(begun.state, 'PENDING');
        assert.ok(begun.expireAt > Date.now());
        assert.strictEqual((await client.getOrderStatus('ORD1')).state, 'PENDING');
        assert.strictEqual((await decide(begun.redirectUrl, 'success', 'UPI')).status, 303);
        const paid = await client.getOrderStatus('ORD1', true);
        assert.strictEqual(paid.state, 'COMPLETED');
        assert.strictEqual(paid.amount, 113000);
        const came = await receiver.wait((one) => one.path === '/api/auth/payments/phonepe/callback/');
        const told = client.validateCallback('cartwright_hook', 'Secret123', came.headers.authorization, came.body.toString());
        assert.strictEqual(told.payload.merchantOrderId, 'ORD1');
        assert.throws(() => client.validateCallback('cartwright_hook', 'Secret124', came.headers.authorization, came.body.toString()));
        const refund = await client.refund(RefundRequest.builder().merchantRefundId('R1').originalMerchantOrderId('ORD1').amount(113000).build());
        assert.strictEqual(refund.state, 'PENDING');
        assert.strictEqual((await client.getRefundStatus('R1')).state, 'COMPLETED');
    });

    await test('phonepe v2: refusals', async () => {
        await assert.rejects(client.getOrderStatus('ORD9'), {httpStatusCode: 404});
        assert.strictEqual((await fetch(`${base}/checkout/v2/order/ORD1/status`)).status, 401);
        const wrong = new URLSearchParams({client_id: 'cartwright_sandbox', client_secret: 'no', client_version: '1', grant_type: 'client_credentials'});
        assert.strictEqual((await post(`${base}/v1/oauth/token`, wrong)).status, 401);
    });
};
