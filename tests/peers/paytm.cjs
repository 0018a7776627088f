// Paytm's own checksum library: it signs what the sandbox reads and judges what the sandbox signs.
'use strict';
const assert = require('node:assert');

const mid = 'CARTWR00000000000001';
const key = 'Cartwright_Key16';

module.exports = async ({library, receiver, test, post, base}) => {
    const checksum = library('paytmchecksum');
    const call = async (path, body, signature) => {
        signature ??= await checksum.generateSignature(JSON.stringify(body), key);
        const answer = await post(base + path, {body, head: {signature}});
        assert.strictEqual(answer.status, 200);
        const text = await answer.text();
        const read = JSON.parse(text);
        // The exact bytes of the body are what is signed.
        const raw = text.slice(text.indexOf('"body":') + '"body":'.length, -1);
        assert.ok(checksum.verifySignature(raw, key, read.head.signature), 'the answer is signed');
        return read.body;
    };
    const initiate = (orderId, more = {}, signature = undefined) =>
        call(`/theia/api/v1/initiateTransaction?mid=${mid}&orderId=${orderId}`, {requestType: 'Payment', mid, websiteName: 'WEBSTAGING', orderId,
            callbackUrl: `${receiver.url}/callback`, txnAmount: {value: '1130.00', currency: 'INR'}, userInfo: {custId: 'CUST_1'}, ...more}, signature);
    const status = (orderId) => call('/v3/order/status', {mid, orderId});
    const decide = (orderId, outcome, mode) => post(`${base}/pay/paytm/${orderId}`, new URLSearchParams({outcome, mode}));

    await test('paytm: pay, be told, ask', async () => {
        const begun = await initiate('ORD_1');
        assert.strictEqual(begun.resultInfo.resultStatus, 'S');
        assert.strictEqual((await initiate('ORD_1')).txnToken, begun.txnToken);
        assert.strictEqual((await status('ORD_1')).resultInfo.resultStatus, 'PENDING');
        const page = await post(`${base}/theia/api/v1/showPaymentPage?mid=${mid}&orderId=ORD_1`,
            new URLSearchParams({mid, orderId: 'ORD_1', txnToken: begun.txnToken}));
        assert.match(await page.text(), /₹ 1130\.00/);
        const back = await (await decide('ORD_1', 'success', 'UPI')).text();
        const fields = Object.fromEntries([...back.matchAll(/name="([A-Z]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
        assert.strictEqual(fields.STATUS, 'TXN_SUCCESS');
        assert.ok(checksum.verifySignature({...fields}, key, fields.CHECKSUMHASH), 'the browser\'s form is signed');
        assert.ok(!checksum.verifySignature({...fields, TXNAMOUNT: '1.00'}, key, fields.CHECKSUMHASH));
        const came = await receiver.wait((one) => one.path === '/callback');
        const told = Object.fromEntries(new URLSearchParams(came.body.toString()));
        assert.ok(checksum.verifySignature({...told}, key, told.CHECKSUMHASH), 'the webhook is signed');
        const paid = await status('ORD_1');
        assert.strictEqual(paid.resultInfo.resultStatus, 'TXN_SUCCESS');
        assert.strictEqual(paid.txnAmount, '1130.00');
        assert.strictEqual(paid.paymentMode, 'UPI');
        assert.strictEqual((await decide('ORD_1', 'failure', 'UPI')).status, 409);
    });

    await test('paytm: pending, then declined', async () => {
        await initiate('ORD_2');
        await decide('ORD_2', 'pending', 'NETBANKING');
        assert.strictEqual((await status('ORD_2')).resultInfo.resultStatus, 'PENDING');
        await decide('ORD_2', 'failure', 'NETBANKING');
        assert.strictEqual((await status('ORD_2')).resultInfo.resultStatus, 'TXN_FAILURE');
    });

    await test('paytm: refunds', async () => {
        const paid = await status('ORD_1');
        const apply = (refId, refundAmount) => call('/refund/apply', {mid, txnType: 'REFUND', orderId: 'ORD_1', txnId: paid.txnId, refId, refundAmount});
        assert.strictEqual((await apply('R1', '130.00')).resultInfo.resultStatus, 'PENDING');
        assert.strictEqual((await apply('R1', '130.00')).resultInfo.resultStatus, 'TXN_FAILURE');
        assert.strictEqual((await apply('R2', '1000.01')).resultInfo.resultStatus, 'TXN_FAILURE');
        const asked = await call('/v2/refund/status', {mid, orderId: 'ORD_1', refId: 'R1'});
        assert.strictEqual(asked.resultInfo.resultStatus, 'TXN_SUCCESS');
        assert.strictEqual(asked.totalRefundAmount, '130.00');
    });

    await test('paytm: refusals', async () => {
        assert.strictEqual((await initiate('ORD_3', {}, 'AAAA')).resultInfo.resultStatus, 'F');
        assert.strictEqual((await initiate('ORD_1', {txnAmount: {value: '1.00', currency: 'INR'}})).resultInfo.resultStatus, 'F');
        for (const value of ['1130', '1130.0', '-1.00', '0.00'])
            assert.strictEqual((await initiate('ORD_4', {txnAmount: {value, currency: 'INR'}})).resultInfo.resultStatus, 'F', value);
        assert.strictEqual((await status('ORD_9')).resultInfo.resultStatus, 'TXN_FAILURE');
        assert.strictEqual((await decide('ORD_9', 'success', 'UPI')).status, 409);
    });
};
