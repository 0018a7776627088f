// What the peers share: a sandbox of their own, a receiver for its webhooks, and a count.
'use strict';
const http = require('node:http');
const readline = require('node:readline');
const {spawn} = require('node:child_process');

const counted = {passed: 0, failed: 0};

async function test(name, body) {
    let timer;
    const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error('took too long')), 20000); });
    try {
        await Promise.race([body(), late]);
        ++counted.passed;
    } catch (error) {
        ++counted.failed;
        console.log(`FAILED ${name}\n  ${String(error && error.stack || error).slice(0, 1500)}`);
    } finally {
        clearTimeout(timer);
    }
}

/** Keeps each POST as {path, headers, body}, body as a Buffer; `answer` is called for its status. */
class Receiver {
    constructor() {
        this.got = [];
        this.answer = () => 200;
        this.server = http.createServer((request, response) => {
            const parts = [];
            request.on('data', (part) => parts.push(part));
            request.on('end', () => {
                const one = {path: request.url, headers: request.headers, body: Buffer.concat(parts)};
                this.got.push(one);
                response.statusCode = this.answer(one);
                response.end();
            });
        });
    }
    async start() {
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.server.address().port}`;
    }
    /** The first that `fits`, also one that is yet to come. */
    async wait(fits, milliseconds = 8000) {
        const end = Date.now() + milliseconds;
        for (;;) {
            const found = this.got.find(fits);
            if (found) return found;
            if (Date.now() > end) throw new Error('no such webhook came');
            await new Promise((done) => setTimeout(done, 20));
        }
    }
    stop() {
        this.server.close();
        this.server.closeAllConnections && this.server.closeAllConnections();
    }
}

/** Starts the program and waits until it says where it serves. */
async function started(binary, words, settings) {
    const child = spawn(binary, words,
        {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, CARTWRIGHT_LOG: 'text:info', ...settings}});
    const url = await new Promise((done, fail) => {
        for (const stream of [child.stdout, child.stderr])
            readline.createInterface({input: stream}).on('line', (line) => {
                const found = /serving url=(\S+)/.exec(line);
                if (found) done(found[1]);
            });
        child.on('exit', (code) => fail(new Error(`cartwright ${words[0]} ended with ${code}`)));
    });
    return {url, stop: () => new Promise((done) => child.on('exit', done) && child.kill('SIGTERM'))};
}

const startSandbox = (binary, shop) => started(binary, ['sandbox', '--listen', '127.0.0.1:0', '--shop', shop], {});
const startServer = (binary, settings) => started(binary, ['serve'], {CARTWRIGHT_LISTEN: '127.0.0.1:0', ...settings});

/** One request with the house's own client of the moment: fetch, which node has from 18 on. */
async function post(url, body, headers = {}) {
    const json = !(body instanceof URLSearchParams);
    return fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: json ? {'Content-Type': 'application/json', ...headers} : headers,
        body: json ? JSON.stringify(body) : body,
    });
}

module.exports = {counted, test, Receiver, startSandbox, startServer, post};
