#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace cartwright::sandbox {

/// Things by their ids, so many at most: the oldest goes when one too many comes.
template <class T>
class Bounded {
public:
    explicit Bounded(std::size_t max) : max_(max) {}

    T* find(std::string_view id) {
        auto const found = index_.find(id);
        return found == index_.end() ? nullptr : &found->second->second;
    }
    /// `id` must be new.
    T& add(std::string id, T thing) {
        if (order_.size() >= max_) {
            index_.erase(order_.front().first);
            order_.pop_front();
        }
        order_.emplace_back(std::move(id), std::move(thing));
        index_.emplace(order_.back().first, std::prev(order_.end()));
        return order_.back().second;
    }
    void remove(std::string_view id) {
        auto const found = index_.find(id);
        if (found == index_.end()) return;
        auto const at = found->second;
        index_.erase(found);
        order_.erase(at);
    }
    void clear() {
        index_.clear();
        order_.clear();
    }
    /// Oldest first, as pairs of id and thing.
    std::list<std::pair<std::string, T>> const& in_order() const { return order_; }

private:
    using Order = std::list<std::pair<std::string, T>>;
    std::size_t max_;
    Order order_;
    std::map<std::string, typename Order::iterator, std::less<>> index_;
};

}  // namespace cartwright::sandbox
