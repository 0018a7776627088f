// What both purchases need.
declare const process: {argv: string[]; exitCode: number};

const WAIT_MS = 15000;

/** Compares by what JSON says. */
export function check(found: unknown, wanted: unknown): void {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
        throw new Error(`${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

/** What must be there. */
export function check_is<T>(value: T | undefined | null): T {
    if (value === undefined || value === null) throw new Error('something is missing from an answer');
    return value;
}

export function unique(what: string): string {
    return `${what}${Math.random().toString(36).slice(2, 10)}`;
}

/** Waits until it is so. */
export async function later(is_so: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + WAIT_MS;
    while (!(await is_so())) {
        if (Date.now() > end) throw new Error('it never came to be so');
        await new Promise((done) => setTimeout(done, 100));
    }
}

/** What a buyer does at a gateway's page. */
export async function buy_at(url: string, form = 'outcome=success&mode=UPI'): Promise<void> {
    const headers = {'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${btoa('sk_test_contract:')}`};
    const answer = await fetch(url, {method: 'POST', body: form, headers});
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
}

/** Runs a purchase with the program's arguments; its end is the program's. */
export function run(purchase: (...given: [string, string, string, string]) => Promise<void>): void {
    const [shop = '', sandbox = '', email = '', password = ''] = process.argv.slice(2);
    purchase(shop, sandbox, email, password).catch((error: unknown) => {
        console.log(error);
        process.exitCode = 1;
    });
}
