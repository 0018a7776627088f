// The reference library of Standard Webhooks: what the CRM webhook must look like, by the vector that our own tests use.
'use strict';
const assert = require('node:assert');

module.exports = async ({library, test}) => {
    const {Webhook} = library('standardwebhooks');

    await test('standardwebhooks: the signature that our tests expect is the library\'s', () => {
        const signer = new Webhook('whsec_Y2FydHdyaWdodC1nZW5lcmljLXdlYmhvb2sta2V5LTAx');
        const body = '{"type":"order.completed","order_number":"ORD-1704067200","amount":"1999.98"}';
        assert.strictEqual(signer.sign('msg_0001', new Date(1700000000 * 1000), body), 'v1,3cQDi8GWWTzDTqN2Cg454PAiMpZ96dR0uCzkaKJD1/g=');
    });
};
