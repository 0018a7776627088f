#pragma once

#include "features/addresses/addresses.hpp"
#include "features/identity/identity.hpp"
#include "features/orders/orders.hpp"
#include "features/search_history/search_history.hpp"
#include "features/support/support.hpp"
#include "features/wallet/wallet.hpp"
#include "platform/http/router.hpp"

namespace cartwright::customer {

struct ExportParts {
    identity::Identity& identity;
    orders::Orders& orders;
    addresses::Addresses& addresses;
    search_history::SearchHistory& searches;
    wallet::Cards& cards;
    wallet::UpiIds& upi_ids;
    support::Support& support;
};

/// All that the server keeps of the caller: the profile, the live sessions, the newest orders
/// (as many as a list without pages has), the address book, the searches, saved cards and UPI ids,
/// and support tickets. Source: contract §10.
http::Response export_account(ExportParts const& parts, http::Call const& call);

}  // namespace cartwright::customer
