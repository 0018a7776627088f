// Pictures in a bucket: our requests against an S3 server. It looks who asks; signatures of version 4, which libcurl makes,
// it leaves unchecked.
'use strict';
const assert = require('node:assert');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {startServer} = require('./harness.cjs');

const ADMIN = {email: 'admin@s3.example', password: 'correct-horse-7'};
const GIF = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([1, 0, 1, 0, 0, 0, 0, 0x3b])]);

module.exports = async ({library, binary, test}) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cartwright-s3-'));
    const S3rver = library('s3rver');
    const bucket = new S3rver({address: '127.0.0.1', port: 0, silent: true, directory: path.join(folder, 'bucket'),
        configureBuckets: [{name: 'shop'}]});
    const {port} = await bucket.run();
    const at = (key, secret) => `s3://${key}:${secret}@127.0.0.1:${port}/shop/pictures?region=eu-central-1&tls=off`;
    const settings = (more) => ({
        CARTWRIGHT_DATABASE_URL: `sqlite:${path.join(folder, 'shop.db')}`, CARTWRIGHT_DATA_DIR: folder,
        CARTWRIGHT_RATE_LIMITS: 'off', CARTWRIGHT_MEDIA_URL: at('S3RVER', 'S3RVER'), CARTWRIGHT_PASSWORD_HASH_KIB: '8', ...more});
    execFileSync(binary, ['create-admin', '--email', ADMIN.email], {
        env: {...process.env, ...settings({CARTWRIGHT_ADMIN_PASSWORD: ADMIN.password})}, stdio: 'ignore'});
    const servers = [];
    const start = async (more) => {
        servers.push(await startServer(binary, settings(more)));
        return servers.at(-1).url;
    };
    const signIn = async (url) => {
        const answer = await fetch(`${url}/api/v1/auth/login/`, {method: 'POST', body: JSON.stringify(ADMIN),
            headers: {'Content-Type': 'application/json'}});
        return {Authorization: `Bearer ${(await answer.json()).data.access_token}`};
    };
    const upload = (url, headers, name) => {
        const form = new FormData();
        for (const [field, value] of Object.entries({name, description: 'd', price: '1.00', category_id: '1', stock_quantity: '1'}))
            form.append(field, value);
        form.append('image', new Blob([GIF], {type: 'image/gif'}), 'x.gif');
        return fetch(`${url}/api/v1/products/`, {method: 'POST', headers, body: form});
    };
    const objects = () => fs.readdirSync(path.join(folder, 'bucket', 'shop'), {recursive: true})
        .filter((name) => String(name).endsWith('._S3rver_object'));
    try {
        const one = await start();
        const headers = await signIn(one);
        await fetch(`${one}/api/v1/categories/`, {method: 'POST', body: '{"name": "Pictures"}',
            headers: {...headers, 'Content-Type': 'application/json'}});
        let image = '';

        await test('s3: a picture is put into the bucket and given out by every node', async () => {
            const made = await upload(one, headers, 'Kettle');
            assert.strictEqual(made.status, 201, await made.clone().text());
            image = new URL((await made.json()).image).pathname;
            assert.match(image, /^\/media\/products\/[0-9a-f]{32}\.gif$/);
            assert.strictEqual(objects().length, 1);
            assert.ok(!fs.existsSync(path.join(folder, 'media')), 'nothing is kept by the node');
            const other = await start();
            for (const node of [one, other, other]) {
                const got = await fetch(node + image);
                assert.strictEqual(got.status, 200);
                assert.strictEqual(got.headers.get('content-type'), 'image/gif');
                assert.deepStrictEqual(Buffer.from(await got.arrayBuffer()), GIF);
            }
        });
        await test('s3: what is not there is 404', async () => {
            assert.strictEqual((await fetch(`${one}/media/products/${'0'.repeat(32)}.gif`)).status, 404);
        });
        await test('s3: a picture that nothing names is taken away again', async () => {
            const again = await upload(one, headers, 'Kettle');
            assert.strictEqual(again.status, 201);
            const form = new FormData();
            form.append('category_id', '999');
            form.append('image', new Blob([GIF], {type: 'image/gif'}), 'x.gif');
            const refused = await fetch(`${one}/api/v1/products/1/`, {method: 'PATCH', headers, body: form});
            assert.strictEqual(refused.status, 400, await refused.text());
            assert.strictEqual(objects().length, 2);
        });
        await test('s3: a bucket that refuses is 503, and nothing is made', async () => {
            const stranger = await start({CARTWRIGHT_MEDIA_URL: at('STRANGER', 'wrong-secret')});
            const refused = await upload(stranger, headers, 'Never');
            assert.strictEqual(refused.status, 503);
            assert.ok(!(await refused.text()).includes('wrong-secret'));
            assert.strictEqual((await fetch(stranger + image)).status, 503);
            const listed = await fetch(`${one}/api/v1/products/?search=Never`, {headers});
            assert.strictEqual((await listed.json()).count, 0);
            assert.strictEqual(objects().length, 2);
        });
        await test('s3: who asks may be sent to a public address', async () => {
            const sending = await start({CARTWRIGHT_MEDIA_PUBLIC_URL: `http://127.0.0.1:${port}/shop/pictures`});
            const sent = await fetch(sending + image, {redirect: 'manual'});
            assert.strictEqual(sent.status, 302);
            assert.strictEqual(sent.headers.get('location'), `http://127.0.0.1:${port}/shop/pictures${image.slice(6)}`);
        });
    } finally {
        for (const server of servers) await server.stop();
        await bucket.close();
        fs.rmSync(folder, {recursive: true, force: true});
    }
};
