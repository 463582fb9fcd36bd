/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What readers may have done about one message: deliver it after all, welcome or block its sender,
 * say that it was judged rightly; and what they may change in their lists. The page does none of
 * that, and has no right to: it hands a signed link to the filter, which does what the link is for,
 * once. A link is only acted on when it is confirmed, since programs that look at mail open the
 * addresses in it.
 */
#ifndef WEB_PAGE_ACT_H
#define WEB_PAGE_ACT_H

#include "store/act.h"
#include "web/page.h"

/* GET asks, POST acts; the link is the parameter `link`. */
bool page_act(struct page *page, struct error *err_r);

/* A button for what a link is for, which is made for `account` and `message`. False where none can
 * be made: there is no key or filter, or one of them is too long. */
bool page_act_button(struct page *page, enum link_purpose purpose, struct str account,
                     struct str message, const char *class);
/* Signs a link that holds for an hour; false likewise. */
bool page_act_link(struct page *page, enum link_purpose purpose, struct str account,
                   struct str message, struct str *link_r);
/* Hands the link to the filter, with a message where there is one, and shows what it answers;
 * `content` is what the link says. */
void page_act_ask_filter(struct page *page, struct str link, const struct signed_link *content,
                         struct str message);

/* What was done about a message before, in the page's arena; nothing where that can't be read. */
void page_act_read(struct page *page, struct str scan_id, struct act_list *acts_r);

/* Buttons for what was not done yet about a message, by its records, by links of a short life for
 * who asks; nothing where there is no key. */
void page_act_buttons(struct page *page, const struct store_rows *rows,
                      const struct act_list *acts);

#endif
