#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "platform/crypto/aes.hpp"
#include "platform/crypto/base64.hpp"
#include "platform/crypto/base64url.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/crypto/jwt.hpp"
#include "platform/crypto/password.hpp"

namespace cartwright::crypto {
namespace {

std::string encoded(std::string_view bytes) {
    std::string text;
    append_base64url(text, bytes);
    return text;
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (auto const byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text.push_back(digits[static_cast<unsigned char>(byte) >> 4U]);
        text.push_back(digits[static_cast<unsigned char>(byte) & 15U]);
    }
    return text;
}

/// A token as somebody with that secret would make it, with any header.
std::string forged(std::string_view header, std::string_view payload, std::string_view secret) {
    auto token = encoded(header) + "." + encoded(payload);
    std::string code;
    HmacKey(secret).append_code(code, token);
    return token + "." + encoded(code);
}

std::string const secret = "a-secret-of-more-than-thirty-two-bytes";
std::string const payload = R"({"token_type":"access","user_id":1})";
std::string const header = R"({"typ":"JWT","alg":"HS256"})";

TEST(Base64, OfRfc4648) {
    for (auto const& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xfb\xff", "+/8="}}) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64, HasOneSpelling) {
    for (auto const* other : {"Zg", "Zg=", "Zg===", "Zh==", "-_8=", "Zm9v\n", "Zm 9v", "====", "="})
        EXPECT_EQ(from_base64(other), std::nullopt) << other;
}

TEST(Aes, OfSp80038a) {
    // F.2.1 CBC-AES128.Encrypt, blocks 1 and 2.
    auto const bytes = [](std::string_view digits) {
        std::string out;
        for (std::size_t i = 0; i < digits.size(); i += 2) {
            auto const value = [](char c) {
                return c <= '9' ? c - '0' : c - 'a' + 10;
            };
            out.push_back(static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1])));
        }
        return out;
    };
    auto const key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
    auto const iv = bytes("000102030405060708090a0b0c0d0e0f");
    auto const plain = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    auto const cipher = aes128_cbc_encrypt(key, iv, plain);
    EXPECT_EQ(hex(cipher), "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
    EXPECT_EQ(aes128_cbc_decrypt(key, iv, cipher), plain);
}

TEST(Digest, Sha256OfKnownTexts) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, Sha1OfKnownTexts) {
    EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Digest, HmacOfRfc4231) {
    HmacKey const jefe("Jefe");
    auto const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    for (int use = 0; use < 3; ++use) {
        std::string code;
        jefe.append_code(code, "what do ya want for nothing?");
        EXPECT_EQ(hex(code), expected) << "use " << use;
    }
    std::string code;
    HmacKey(std::string(131, '\xaa'))
        .append_code(code, "Test Using Larger Than Block-Size Key - Hash Key First");
    EXPECT_EQ(hex(code), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, ManyKeysOnManyThreadsDoNotMix) {
    std::vector<HmacKey> keys;
    std::vector<std::string> expected(40);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        keys.emplace_back("key " + std::to_string(i));
        keys.back().append_code(expected[i], "message");
    }
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (auto& count : wrong)
        threads.emplace_back([&keys, &expected, &count] {
            for (std::size_t i = 0; i < 400; ++i) {
                std::string code;
                auto const key = i * 7 % keys.size();
                keys[key].append_code(code, "message");
                if (code != expected[key]) ++count;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Digest, ComparesWholeTexts) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "bbc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("", "a"));
}

TEST(Base64url, SpellsAndReads) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg");
    EXPECT_EQ(encoded("fo"), "Zm8");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xfb\xff"), "-_8");
    for (auto const* text : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd\xfc"})
        EXPECT_EQ(from_base64url(encoded(text)), text);
}

TEST(Base64url, ReadsWhatItSpellsAtEveryLength) {
    std::string bytes;
    for (int length = 0; length < 300; ++length) {
        EXPECT_EQ(from_base64url(encoded(bytes)), bytes) << length;
        bytes.push_back(static_cast<char>(length * 37));
    }
}

TEST(Base64url, RefusesOtherSpellings) {
    for (auto const* text : {"Zg==", "Zh", "Zm9", "Z", "Zm8+", "Zm8/", "Zm 8", "Zm8\n", "Zm8=",
                             "Zm9v=", "Zm=v", "\xff\xff\xff\xff", "Zm9vY", "Zm9vYm\x80\x80"})
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

TEST(Jwt, GivesBackWhatItSigned) {
    JwtSigner const signer({secret});
    auto const token = signer.sign(payload);
    EXPECT_TRUE(token.starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."));
    EXPECT_EQ(signer.verify(token), payload);
    EXPECT_EQ(token, forged(header, payload, secret));
    EXPECT_EQ(signer.verify(forged(R"({"alg":"HS256","typ":"JWT"})", payload, secret)), payload);
}

TEST(Jwt, TheFirstSecretSignsAndAllVerify) {
    JwtSigner const before({secret});
    JwtSigner const now({"the-newer-secret-of-thirty-two-bytes", secret});
    JwtSigner const after({"the-newer-secret-of-thirty-two-bytes"});
    EXPECT_EQ(now.verify(before.sign(payload)), payload);
    EXPECT_EQ(after.verify(now.sign(payload)), payload);
    EXPECT_EQ(before.verify(now.sign(payload)), std::nullopt);
}

TEST(Jwt, RefusesForgeries) {
    JwtSigner const signer({secret});
    auto const good = signer.sign(payload);
    auto const first_dot = good.find('.');
    auto const last_dot = good.rfind('.');
    auto const code = good.substr(last_dot);
    auto const other = encoded(R"({"token_type":"access","user_id":2})");
    auto flipped = good;
    flipped.back() = flipped.back() == 'A' ? 'B' : 'A';
    std::vector<std::pair<std::string, std::string>> const table{
        {"empty", ""},
        {"no dots", "abc"},
        {"two parts", good.substr(0, last_dot)},
        {"empty signature", good.substr(0, last_dot + 1)},
        {"dots alone", ".."},
        {"alg none, unsigned",
         encoded(R"({"typ":"JWT","alg":"none"})") + "." + encoded(payload) + "."},
        {"alg none, signed", forged(R"({"typ":"JWT","alg":"none"})", payload, secret)},
        {"alg none, our header", good.substr(0, first_dot) + "." + encoded(payload) + "."},
        {"alg HS512", forged(R"({"typ":"JWT","alg":"HS512"})", payload, secret)},
        {"alg RS256", forged(R"({"typ":"JWT","alg":"RS256"})", payload, secret)},
        {"alg in lower case", forged(R"({"typ":"JWT","alg":"hs256"})", payload, secret)},
        {"header with a key id",
         forged(R"({"typ":"JWT","alg":"HS256","kid":"1"})", payload, secret)},
        {"wrong secret", forged(header, payload, secret + "x")},
        {"payload changed", good.substr(0, first_dot + 1) + other + code},
        {"truncated", good.substr(0, good.size() - 1)},
        {"half", good.substr(0, good.size() / 2)},
        {"last digit changed", flipped},
        {"padded", good + "="},
        {"followed by more", good + ".x"},
        {"led by a space", " " + good},
        {"with a NUL", good + std::string(1, '\0')},
        {"huge", std::string(10'000'000, '.')},
        {"huge and signed", signer.sign(std::string(100'000, 'a'))},
    };
    for (auto const& [name, token] : table) EXPECT_EQ(signer.verify(token), std::nullopt) << name;
}

TEST(Jwt, EachSignatureHasOneSpelling) {
    JwtSigner const signer({secret});
    auto const good = signer.sign(payload);
    int accepted = 0;
    for (auto const last :
         std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
        if (signer.verify(good.substr(0, good.size() - 1) + last)) ++accepted;
    EXPECT_EQ(accepted, 1) << "43 digits carry two bits more than a code has";
}

TEST(Password, MatchesItselfAlone) {
    PasswordCost const cheap{.memory_kib = 64, .passes = 1};
    auto const hash = hash_password("correct horse", cheap);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
    EXPECT_TRUE(matches("correct horse", hash));
    EXPECT_FALSE(matches("correct horsf", hash));
    EXPECT_FALSE(matches("", hash));
    EXPECT_FALSE(matches("correct horse", ""));
    EXPECT_FALSE(matches("correct horse", "!unusable"));
    EXPECT_NE(hash, hash_password("correct horse", cheap)) << "each has its own salt";
}

TEST(Password, KnowsItsCost) {
    PasswordCost const cheap{.memory_kib = 64, .passes = 1};
    PasswordCost const dearer{.memory_kib = 128, .passes = 1};
    auto const hash = hash_password("correct horse", cheap);
    EXPECT_FALSE(needs_rehash(hash, cheap));
    EXPECT_TRUE(needs_rehash(hash, dearer));
    EXPECT_TRUE(hash_password("x", PasswordCost{}).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

}  // namespace
}  // namespace cartwright::crypto
