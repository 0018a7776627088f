// shop.js SHOP SANDBOX EMAIL PASSWORD: an admin's product and a web storefront's purchase through a client made of
// /api/v1/openapi.json.
import createClient from 'openapi-fetch';
import type {paths} from './shop_api';
import {buy_at, check, check_is, later, run, unique} from './steps';

run(async (shop, sandbox, email, password) => {
    const admin = createClient<paths>({baseUrl: shop});
    const entered = await admin.POST('/api/v1/auth/login/', {body: {email, password}});
    const key = check_is(entered.data).data.access_token;
    admin.use({onRequest: ({request}) => { request.headers.set('Authorization', `Bearer ${key}`); }});
    await admin.PATCH('/api/v1/stores/{store_id}/', {params: {path: {store_id: 'store_1'}}, body: {currency: 'INR'}});
    const category = check_is((await admin.POST('/api/v1/categories/', {body: {name: unique('Sound')}})).data);
    const product = check_is((await admin.POST('/api/v1/products/', {
        body: {name: 'Wireless Headphones', category_id: category.id, price: '500.00', stock_quantity: 10, public_id: 'prod_client'},
    })).data);
    check([product.price, product.stock_quantity], ['500.00', 10]);

    const api = createClient<paths>({baseUrl: shop});
    const refused = await api.POST('/api/v1/auth/register/', {body: {email: 'x', password: 'a', password_confirm: 'b'}});
    check(refused.response.status, 400);
    const joined = await api.POST('/api/v1/auth/register/', {
        body: {email: `${unique('bob')}@clients.example`, password: 'password-of-bob-1', password_confirm: 'password-of-bob-1'},
    });
    const token = check_is(joined.data).data.access_token;
    api.use({onRequest: ({request}) => { request.headers.set('Authorization', `Bearer ${token}`); }});

    const found = await api.GET('/api/v1/products/', {params: {query: {search: 'wireless', min_price: 499, ordering: '-price'}}});
    check(check_is(found.data).results.map((each) => each.id), [product.id]);
    await api.POST('/api/v1/cart/', {body: {product_id: product.id, quantity: 2}});
    const cart = check_is((await api.GET('/api/v1/cart/')).data);
    check([cart.items[0]?.quantity, cart.items[0]?.product.name], [2, 'Wireless Headphones']);
    const placed = await api.POST('/api/v1/cart/checkout/', {
        body: {shipping_address: '1 Main St', billing_address: '1 Main St'},
        params: {header: {'Idempotency-Key': unique('order')}},
    });
    const order = check_is(placed.data);
    check([order.status, order.total_amount], ['pending', '1000.00']);

    const path = {id: order.id};
    const intent = check_is((await api.POST('/api/v1/orders/{id}/create-payment/', {params: {path}})).data);
    await buy_at(`${sandbox}/v1/payment_intents/${intent.payment_intent_id}/confirm`, 'payment_method=pm_card_visa');
    const confirmed = await api.POST('/api/v1/orders/{id}/confirm-payment/', {params: {path}});
    check(confirmed.response.status, 200);
    await later(async () => (await api.GET('/api/v1/orders/{id}/', {params: {path}})).data?.status === 'completed');
    const missing = await api.GET('/api/v1/orders/{id}/', {params: {path: {id: 999999999}}});
    check(missing.response.status, 404);
});
