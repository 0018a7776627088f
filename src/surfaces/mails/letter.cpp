#include "surfaces/mails/letter.hpp"

#include <fmt/format.h>

namespace cartwright::mails {
namespace {

constexpr std::string_view main_button =
    "background:#2f5bea;color:#ffffff;border:1px solid #2f5bea;";
constexpr std::string_view other_button =
    "background:#ffffff;color:#2f5bea;border:1px solid #c9d3f3;";

std::string paragraphs_html(Letter const& letter) {
    std::string out;
    for (auto const& paragraph : letter.paragraphs)
        out += fmt::format(
            "<p style=\"margin:0 0 16px;font-size:16px;line-height:1.55;color:#3b4663;\">{}</p>\n",
            common::escape_html(paragraph));
    return out;
}

std::string code_html(Letter const& letter) {
    if (!letter.code) return {};
    return fmt::format(
        "<div style=\"margin:8px 0 24px;padding:18px 12px;border-radius:14px;background:#eef2ff;"
        "text-align:center;\"><div style=\"font-size:34px;line-height:1.2;font-weight:700;"
        "letter-spacing:8px;padding-left:8px;color:#16203a;font-family:Menlo,Consolas,monospace;\">"
        "{}</div><div style=\"margin-top:6px;font-size:14px;color:#5b6785;\">{}</div></div>\n",
        common::escape_html(*letter.code), common::escape_html(letter.code_note));
}

std::string rows_html(Letter const& letter) {
    if (letter.rows.empty()) return {};
    std::string out =
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
        "style=\"margin:8px 0 24px;\">\n";
    for (auto const& row : letter.rows) {
        std::string_view const line =
            row.is_sum
                ? "border-top:2px solid #16203a;font-weight:700;font-size:17px;color:#16203a;"
                : "border-top:1px solid #e6eaf4;font-size:15px;color:#3b4663;";
        out += fmt::format(
            "<tr><td style=\"padding:10px 12px 10px 0;line-height:1.4;{0}\">{1}</td>"
            "<td align=\"right\" style=\"padding:10px 0;line-height:1.4;white-space:nowrap;"
            "vertical-align:top;{0}\">{2}</td></tr>\n",
            line, common::escape_html(row.label), common::escape_html(row.value));
    }
    return out + "</table>\n";
}

std::string rows_text(Letter const& letter) {
    std::string out;
    for (auto const& row : letter.rows)
        out += row.value.empty() ? fmt::format("  {}\n", row.label)
                                 : fmt::format("  {}: {}\n", row.label, row.value);
    return letter.rows.empty() ? out : out + "\n";
}

std::string buttons_html(Letter const& letter) {
    std::string out;
    auto style = main_button;
    for (auto const& button : letter.buttons) {
        out += fmt::format(
            "<a href=\"{}\" style=\"display:block;margin:0 0 12px;padding:14px 18px;"
            "border-radius:12px;{}font-size:16px;font-weight:600;text-align:center;"
            "text-decoration:none;\">{}</a>\n",
            common::escape_html(button.link), style, common::escape_html(button.label));
        style = other_button;
    }
    return out;
}

std::string app_link_html(Letter const& letter) {
    if (letter.app_link.empty()) return {};
    return fmt::format(
        "<p style=\"margin:12px 0 0;font-size:13px;line-height:1.5;color:#5b6785;"
        "word-break:break-all;\">The app's own link: <a href=\"{0}\" "
        "style=\"color:#2f5bea;\">{0}</a></p>\n",
        common::escape_html(letter.app_link));
}

}  // namespace

std::string to_text(Letter const& letter, common::App const& app) {
    auto out = letter.heading + "\n\n";
    for (auto const& paragraph : letter.paragraphs) out += paragraph + "\n\n";
    if (letter.code) out += fmt::format("    {}\n\n{}\n\n", *letter.code, letter.code_note);
    out += rows_text(letter);
    for (auto const& button : letter.buttons)
        out += fmt::format("{}:\n{}\n\n", button.label, button.link);
    if (!letter.app_link.empty())
        out += fmt::format("The app's own link:\n{}\n\n", letter.app_link);
    return out + letter.note + "\n\n-- \n" + app.brand + "\n";
}

std::string to_html(Letter const& letter, common::App const& app) {
    return common::fill_template(common::embedded_text("src/surfaces/mails/letter.html"),
                                 {{"subject", letter.subject},
                                  {"brand", app.brand},
                                  {"heading", letter.heading},
                                  {"paragraphs_html", paragraphs_html(letter)},
                                  {"code_html", code_html(letter)},
                                  {"rows_html", rows_html(letter)},
                                  {"buttons_html", buttons_html(letter)},
                                  {"app_link_html", app_link_html(letter)},
                                  {"note", letter.note}});
}

jobs::Handled send(Post const& post, std::string const& to, Letter const& letter,
                   std::string_view id, std::string& problem) {
    try {
        post.mailer.send({.from = post.from,
                          .from_name = post.app.brand,
                          .to = to,
                          .subject = letter.subject,
                          .text = to_text(letter, post.app),
                          .html = to_html(letter, post.app)},
                         post.clock.now(), id);
        return jobs::Handled::done;
    } catch (mail::NotSent const& error) {
        problem = error.what();
        return error.permanent() ? jobs::Handled::failed : jobs::Handled::retry;
    }
}

}  // namespace cartwright::mails
