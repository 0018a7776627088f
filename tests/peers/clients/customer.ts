// customer.js SHOP SANDBOX: a purchase in the app through a client made of /api/auth/openapi.json. Nothing here says what
// an answer looks like: the document does.
import createClient from 'openapi-fetch';
import type {components, paths} from './customer_api';
import {buy_at, check, check_is, later, run, unique} from './steps';

type Order = components['schemas']['Order'];
type Address = components['schemas']['OrderAddress'];

run(async (shop, sandbox) => {
    const api = createClient<paths>({baseUrl: shop});
    const name = unique('ann');
    const refused = await api.POST('/api/auth/register/', {body: {username: name, email: 'nobody', password: 'short'}});
    check(refused.response.status, 400);
    check(refused.error?.errors?.['email'], ['Enter a valid email address.']);

    const joined = await api.POST('/api/auth/register/', {
        body: {username: name, email: `${name}@clients.example`, password: 'SecurePassword123!', first_name: 'Ann'},
    });
    const token: string = check_is(joined.data?.data.token);
    api.use({onRequest: ({request}) => { request.headers.set('Authorization', `Token ${token}`); }});

    const home = await api.POST('/api/auth/addresses/', {
        body: {contact_name: 'Ann Doe', street_address: '123 Main Street', city: 'Mumbai', state: 'Maharashtra', pin_code: '400001',
               phone_number: '+919876543210', address_type: 'HOME', latitude: 19.076, longitude: 72.8777},
    });
    check(home.data?.data.is_default, true);
    const item = await api.POST('/api/auth/cart/items/', {
        body: {store_id: 'store_1', product_id: 'prod_client', quantity: 2, product_variant: {color: 'Black'}},
    });
    check(item.data?.data.total_price, 1000);
    const carts = await api.GET('/api/auth/carts/');
    const cart = check_is(carts.data?.data[0]);
    check([cart.item_count, cart.total_price, cart.items[0]?.quantity], [2, 1000, 2]);

    const placed = await api.POST('/api/auth/orders/', {
        body: {cart_id: cart.id, shipping_address_id: check_is(home.data).data.id, delivery_instructions: 'Ring twice'},
        params: {header: {'Idempotency-Key': unique('order')}},
    });
    const order: Order = check_is(placed.data?.data);
    const to: Address = order.shipping_address_details;
    check([order.status, order.total_amount, to.city, to.latitude], ['PLACED', 1000, 'Mumbai', 19.076]);

    const begun = await api.POST('/api/auth/payments/initiate/', {body: {order_id: order.id, payment_method: 'PAYTM'}});
    const payment = check_is(begun.data?.data);
    check([payment.amount, payment.payment_data.test_mode], ['1000.00', true]);
    await buy_at(`${sandbox}/pay/paytm/${payment.payment_data.order_id}`);
    await later(async () => {
        const shown = await api.GET('/api/auth/payments/status/{order_id}/', {params: {path: {order_id: order.id}}});
        return shown.data?.data.status === 'COMPLETED' && shown.data.data.payment_type === 'UPI';
    });

    const history = await api.GET('/api/auth/payments/history/', {params: {query: {status: 'COMPLETED', page_size: 5}}});
    const paid = check_is(history.data?.data[0]);
    check([paid.gateway_name, paid.billing_address_details?.pin_code, paid.transactions[0]?.action], ['PAYTM', '400001', 'capture']);
    check(history.data?.pagination.total_count, 1);
    const list = await api.GET('/api/auth/orders/', {params: {query: {ordering: '-order_date', status: 'CONFIRMED'}}});
    check(list.data?.data.map((each) => each.id), [order.id]);
    const gone = await api.GET('/api/auth/orders/{id}/', {params: {path: {id: 999999999}}});
    check([gone.error?.code, gone.error?.message], [404, 'Order not found']);
    const cancelled = await api.PATCH('/api/auth/orders/{id}/', {params: {path: {id: order.id}}, body: {status: 'CANCELLED'}});
    check(cancelled.data?.data.status, 'CANCELLED');
});
