/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/details.h"

#include "base/decimal.h"
#include "base/strbuf.h"
#include "message/header_write.h"
#include "scoring/virus_field.h"

static void add_escape(struct strbuf *buf, const struct report_input *input, char escape)
{
	const struct settings *settings = &input->policy->settings;
	char text[DECIMAL_TEXT_SIZE];

	switch (escape) {
	case 'n':
		strbuf_add(buf, settings->service_name);
		break;
	case 'h':
		strbuf_add(buf, report_our_host(input));
		break;
	case 's':
		strbuf_add(buf, str_from(decimal_format_short(input->score, text)));
		break;
	case 'r':
		strbuf_add(buf, str_from(decimal_format(input->verdict->required, text)));
		break;
	case 'i':
		strbuf_add(buf, input->id);
		break;
	case 'q':
		strbuf_add(buf, input->envelope->queue_id);
		break;
	case '%':
		strbuf_add_char(buf, '%');
		break;
	}
}

/* `url` is what %u stands for. */
static struct str expand(struct arena *arena, const struct report_input *input, struct str template,
                         struct str url)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < template.len; i++) {
		if (template.data[i] != '%' || i + 1 == template.len)
			strbuf_add_char(&buf, template.data[i]);
		else if (template.data[++i] == 'u')
			strbuf_add(&buf, url);
		else
			add_escape(&buf, input, template.data[i]);
	}
	return strbuf_str(&buf);
}

static void add_sentence(struct arena *arena, const struct report_input *input,
                         struct str_list *lines, struct str template)
{
	struct str url = expand(arena, input, input->policy->settings.support_url, STR(""));

	if (template.len > 0)
		vec_push(arena, lines,
		         header_encode_words(arena, expand(arena, input, template, url)));
}

static struct str joined(struct arena *arena, const struct str_list *words)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < words->len; i++)
		strbuf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", STR_FMT(words->items[i]));
	return strbuf_str(&buf);
}

/* Why the score may be incomplete. */
static void add_reservations(struct arena *arena, const struct report_input *input,
                             struct str_list *lines)
{
	const struct facts *facts = input->facts;
	struct str virus =
		virus_sentence(arena, facts != NULL ? facts->antivirus : NULL, input->infection);

	if (virus.len > 0)
		vec_push(arena, lines, virus);
	if (input->scanned_bytes > 0)
		vec_push(arena, lines,
		         arena_printf(arena, "Only the first %zu bytes of it were scanned.",
		                      input->scanned_bytes));
	if (input->limits->len > 0)
		vec_push(arena, lines,
		         arena_printf(arena, "The scan is not complete: %.*s.",
		                      STR_FMT(joined(arena, input->limits))));
	if (input->note.len > 0)
		vec_push(arena, lines, header_encode_words(arena, input->note));
}

struct str details_value(struct arena *arena, const struct report_input *input)
{
	const struct settings *settings = &input->policy->settings;
	struct str_list lines = { 0 };

	add_sentence(arena, input, &lines, settings->heading_text);
	if (input->skipped != NULL) {
		vec_push(arena, &lines,
		         arena_printf(arena, "This message was not scanned: %s.", input->skipped));
	} else {
		add_sentence(arena, input, &lines, settings->scanned_text);
		add_sentence(arena, input, &lines, settings->threshold_text);
	}
	add_reservations(arena, input, &lines);
	if (settings->support_url.len > 0)
		add_sentence(arena, input, &lines, settings->support_text);
	return header_fold_phrases(arena, STR(DETAILS_HEADER_NAME), &lines);
}
