#pragma once

#include <mutex>
#include <string>

namespace cartwright::http {

/// A JSON body that many answers give, with what is made of it only once: its entity tag, and the
/// compressed form when somebody first asks for it. Any thread.
class SharedBody {
public:
    explicit SharedBody(std::string plain);

    std::string const& plain() const { return plain_; }
    std::string const& tag() const { return tag_; }  ///< of the plain form, as an ETag has it
    std::string const& gzipped() const;

private:
    std::string plain_;
    std::string tag_;
    mutable std::once_flag once_;
    mutable std::string gzipped_;
};

}  // namespace cartwright::http
