/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/filter_state.h"

#include <jansson.h>

#include "control/control_client.h"
#include "web/frame.h"

#define ANSWER_MS    1000
#define TROUBLES_MAX 20
#define LISTS_MAX    50

static struct str text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value != NULL && json_is_string(value) ? str_from(json_string_value(value))
	                                              : STR("");
}

static int64_t number_of(const json_t *object, const char *key)
{
	return (int64_t)json_number_value(json_object_get(object, key));
}

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static void begin_item(struct strbuf *buf, bool well, enum word name)
{
	strbuf_printf(buf, "<div class=\"state %s\"><dt>", well ? "well" : "ill");
	html_word(buf, name);
	html_raw(buf, "</dt><dd>");
	html_word(buf, well ? WORD_WELL : WORD_ILL);
	strbuf_add_char(buf, ' ');
}

static void end_item(struct strbuf *buf)
{
	html_raw(buf, "</dd></div>\n");
}

static void add_troubles(struct strbuf *buf, const json_t *status)
{
	const json_t *troubles = json_object_get(status, "troubles");
	size_t count = json_array_size(troubles);

	for (size_t i = 0; i < count && i < TROUBLES_MAX; i++) {
		const json_t *trouble = json_array_get(troubles, i);

		html_raw(buf, "<p class=\"note ill\"><strong>");
		html_text(buf, text_of(trouble, "name"));
		html_raw(buf, "</strong> ");
		html_text(buf, text_of(trouble, "text"));
		html_raw(buf, "</p>\n");
	}
}

static void add_rules(struct strbuf *buf, const json_t *status)
{
	const json_t *policy = json_object_get(status, "policy");

	begin_item(buf, number_of(policy, "rules") > 0, WORD_RULES);
	html_count(buf, number_of(policy, "rules"), WORD_RULE_ONE, WORD_RULE_MANY);
	html_raw(buf, " <code>");
	html_text(buf, text_of(policy, "id"));
	html_raw(buf, "</code>");
	end_item(buf);
}

static void add_store(struct strbuf *buf, const json_t *status)
{
	const json_t *store = json_object_get(status, "store");

	begin_item(buf, is_true(store, "works"), WORD_STORE);
	html_text(buf, text_of(store, "state"));
	end_item(buf);
}

static void add_dns(struct strbuf *buf, const json_t *status)
{
	const json_t *dns = json_object_get(status, "dns");
	size_t servers = json_array_size(json_object_get(dns, "servers"));

	begin_item(buf, !is_true(dns, "dead"), WORD_DNS);
	html_count(buf, (int64_t)servers, WORD_SERVER_ONE, WORD_SERVER_MANY);
	end_item(buf);
}

static void add_lists(struct strbuf *buf, const json_t *status)
{
	const json_t *lists = json_object_get(status, "lists");
	size_t count = json_array_size(lists), suspended = 0;

	for (size_t i = 0; i < count; i++)
		suspended += str_eq(text_of(json_array_get(lists, i), "state"), STR("suspended"));
	begin_item(buf, suspended == 0, WORD_LISTS);
	html_count(buf, (int64_t)count, WORD_LIST_ONE, WORD_LIST_MANY);
	for (size_t i = 0; i < count && i < LISTS_MAX; i++) {
		const json_t *list = json_array_get(lists, i);

		if (!str_eq(text_of(list, "state"), STR("suspended")))
			continue;
		html_raw(buf, "<br><strong>");
		html_text(buf, text_of(list, "list"));
		html_raw(buf, "</strong> ");
		html_text(buf, text_of(list, "reason"));
	}
	end_item(buf);
}

static void add_status(struct strbuf *buf, const json_t *status)
{
	add_troubles(buf, status);
	html_raw(buf, "<dl class=\"states\">\n");
	begin_item(buf, str_eq(text_of(status, "state"), STR("ok")), WORD_FILTER);
	html_text(buf, text_of(status, "version"));
	end_item(buf);
	add_rules(buf, status);
	add_store(buf, status);
	add_dns(buf, status);
	add_lists(buf, status);
	html_raw(buf, "</dl>\n");
}

void filter_state_add(struct page *page)
{
	struct control_request request = { .command = CONTROL_STATUS };
	struct strbuf *buf = &page->response->body;
	struct str answer;
	struct error error;
	json_t *status;

	if (page->web->control.len == 0)
		return;
	html_raw(buf, "<h2>");
	html_word(buf, WORD_STATE);
	html_raw(buf, "</h2>\n");
	if (control_client_ask(page->arena, page->web->control, &request, deadline_in_ms(ANSWER_MS),
	                       &answer, &error) != CONTROL_ANSWERED) {
		frame_note(buf, WORD_NO_STATE, str_from(error.text));
		return;
	}
	status = json_loadb(answer.data, answer.len, 0, NULL);
	add_status(buf, status);
	json_decref(status);
}
