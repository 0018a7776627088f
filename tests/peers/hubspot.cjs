// HubSpot's own client against the sandbox.
'use strict';
const assert = require('node:assert');

module.exports = async ({library, test, post, base}) => {
    const {Client} = library('@hubspot/api-client');
    const hubspot = new Client({accessToken: 'pat-test', basePath: base, numberOfApiCallRetries: 0});
    const contacts = hubspot.crm.contacts;
    const deals = hubspot.crm.deals;
    const upsert = (properties) => contacts.batchApi.upsert({inputs: [{idProperty: 'email', id: 'a@b.example', properties}]});
    const control = (wishes) => post(`${base}/sandbox/control`, {gateway: 'hubspot', ...wishes});

    await test('hubspot: contacts are made once and changed', async () => {
        const first = await upsert({email: 'a@b.example', firstname: 'A'});
        assert.strictEqual(first.status, 'COMPLETE');
        assert.strictEqual(first.results[0]._new, true);
        const again = await upsert({email: 'A@B.example', firstname: 'B'});
        assert.strictEqual(again.results[0]._new, false);
        assert.strictEqual(again.results[0].id, first.results[0].id);
        await contacts.basicApi.update('a@b.example', {properties: {phone: '1'}}, 'email');
        const found = await contacts.basicApi.getById('a@b.example', ['email'], undefined, undefined, false, 'email');
        assert.strictEqual(found.properties.phone, '1');
        assert.strictEqual(found.properties.firstname, 'B');
    });

    await test('hubspot: a second contact with an address is a conflict', async () => {
        await assert.rejects(contacts.basicApi.create({properties: {email: 'a@b.example'}, associations: []}),
            (error) => error.code === 409 && /Existing ID: \d+/.test(error.body.message) && error.body.category === 'CONFLICT');
    });

    await test('hubspot: search', async () => {
        const found = await contacts.searchApi.doSearch({limit: 1, after: '0', sorts: [], properties: ['email'],
            filterGroups: [{filters: [{propertyName: 'email', operator: 'EQ', value: 'a@b.example'}]}]});
        assert.strictEqual(found.total, 1);
    });

    await test('hubspot: deals by order number, associated with their buyer', async () => {
        const contact = (await upsert({email: 'a@b.example'})).results[0];
        const inputs = [{idProperty: 'cartwright_order_number', id: 'ORD-1', properties: {dealname: 'ORD-1', amount: '1999.98', dealstage: 'closedwon'}}];
        const deal = (await deals.batchApi.upsert({inputs})).results[0];
        assert.strictEqual((await deals.batchApi.upsert({inputs})).results[0].id, deal.id);
        await hubspot.crm.associations.v4.basicApi.createDefault('deals', deal.id, 'contacts', contact.id);
        await hubspot.crm.associations.v4.basicApi.create('deals', deal.id, 'contacts', contact.id,
            [{associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 3}]);
        const linked = await hubspot.crm.associations.v4.basicApi.getPage('deals', deal.id, 'contacts');
        assert.strictEqual(linked.results.length, 1);
        const made = await deals.basicApi.create({properties: {dealname: 'ORD-2'},
            associations: [{to: {id: contact.id}, types: [{associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 3}]}]});
        assert.strictEqual((await deals.basicApi.update(made.id, {properties: {dealstage: 'closedlost'}})).properties.dealstage, 'closedlost');
        await assert.rejects(deals.batchApi.upsert({inputs: [{idProperty: 'colour', id: '1', properties: {}}]}), {code: 400});
    });

    await test('hubspot: limits on demand', async () => {
        await control({fail_next: 1, status: 429, policy: 'DAILY'});
        await assert.rejects(upsert({email: 'a@b.example'}), (error) => error.code === 429 && error.body.policyName === 'DAILY');
        await control({fail_next: 1, status: 503});
        await assert.rejects(upsert({email: 'a@b.example'}), {code: 503});
        const patient = new Client({accessToken: 'pat-test', basePath: base, numberOfApiCallRetries: 2});
        await control({fail_next: 1, status: 502});
        await patient.crm.contacts.batchApi.upsert({inputs: [{idProperty: 'email', id: 'a@b.example', properties: {}}]});
    });

    await test('hubspot: wants a token', async () => {
        const nobody = await post(`${base}/crm/v3/objects/contacts`, {properties: {}});
        assert.strictEqual(nobody.status, 401);
        assert.strictEqual((await nobody.json()).category, 'INVALID_AUTHENTICATION');
    });
};
