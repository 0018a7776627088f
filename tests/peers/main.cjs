// main.cjs BINARY LIBRARIES: every peer, one after the other, against one sandbox.
'use strict';
const {createRequire} = require('node:module');
const path = require('node:path');
const {counted, test, Receiver, startSandbox, post} = require('./harness.cjs');

process.env.STRIPE_SUPPRESS_NOTICES = 'true';

async function main() {
    const [binary, libraries] = process.argv.slice(2);
    const library = createRequire(path.join(libraries, 'package.json'));
    const receiver = new Receiver();
    await receiver.start();
    const sandbox = await startSandbox(binary, receiver.url);
    try {
        for (const peer of ['stripe', 'hubspot', 'paytm', 'phonepe', 'standardwebhooks', 's3']) {
            await post(`${sandbox.url}/sandbox/reset`, {});
            receiver.got.length = 0;
            receiver.answer = () => 200;
            await require(`./${peer}.cjs`)({library, binary, receiver, test, post, base: sandbox.url});
        }
    } finally {
        await sandbox.stop();
        receiver.stop();
    }
    console.log(`${counted.passed} passed, ${counted.failed} failed`);
    process.exit(counted.failed ? 1 : 0);
}

main().catch((error) => {
    console.log(error);
    console.log(`${counted.passed} passed, ${counted.failed + 1} failed`);
    process.exit(1);
});
