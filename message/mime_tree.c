/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways through the tree of parts. */
#include "message/mime.h"

static struct mime_part *next_outside(const struct mime_part *part)
{
	while (part != NULL && part->next_sibling == NULL)
		part = part->parent;
	return part != NULL ? part->next_sibling : NULL;
}

struct mime_part *mime_next(const struct mime_part *part)
{
	return part->first_child != NULL ? part->first_child : next_outside(part);
}

/* The first part of a type in a multipart, those nearest to it first; or NULL. */
static struct mime_part *find_nearest(struct mime_part *multipart, struct str type)
{
	const struct mime_part *end = next_outside(multipart);
	struct mime_part *found = NULL;

	for (struct mime_part *part = mime_next(multipart); part != end; part = mime_next(part))
		if (part->first_child == NULL && str_eq(part->type, type) &&
		    (found == NULL || part->depth < found->depth))
			found = part;
	return found;
}

void mime_choose_alternatives(struct mime_part *root, struct str preferred)
{
	for (struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		const struct mime_part *chosen = NULL, *end = next_outside(part);

		if (str_eq(part->type, STR("multipart/alternative")))
			chosen = find_nearest(part, preferred);
		if (chosen == NULL)
			continue;
		for (struct mime_part *other = mime_next(part); other != end;
		     other = mime_next(other))
			other->is_beside_body |= other != chosen;
	}
}

/* The part of a report that machines read. */
static bool is_report_status(struct str type)
{
	static const struct str types[] = {
		STR_INIT("message/delivery-status"),
		STR_INIT("message/feedback-report"),
		STR_INIT("message/disposition-notification"),
		STR_INIT("message/global-delivery-status"),
		STR_INIT("message/global-disposition-notification"),
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq(type, types[i]))
			return true;
	return false;
}

static bool is_enclosed(struct str type)
{
	static const struct str types[] = {
		STR_INIT("message/rfc822"),         STR_INIT("message/global"),
		STR_INIT("message/global-headers"), STR_INIT("text/rfc822-headers"),
		STR_INIT("message/rfc822-headers"),
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq(type, types[i]))
			return true;
	return false;
}

static void mark_returned(struct mime_part *top)
{
	const struct mime_part *end = next_outside(top);

	for (struct mime_part *part = top; part != end; part = mime_next(part)) {
		part->is_returned = true;
		part->is_beside_body = true;
		part->is_rawbody = false;
	}
}

static void leave_out_in_report(struct arena *arena, struct mime_part *report)
{
	bool status_seen = false;

	if (report->first_child == NULL || !mime_is_family(report->first_child->type, STR("text")))
		return;
	for (struct mime_part *part = report->first_child->next_sibling; part != NULL;
	     part = part->next_sibling) {
		struct str type = mime_stated_type(arena, part);

		status_seen = status_seen || is_report_status(type);
		if (status_seen && is_enclosed(type))
			mark_returned(part);
	}
}

void mime_leave_out_returned(struct arena *arena, struct mime_part *root)
{
	for (struct mime_part *part = root; part != NULL; part = mime_next(part))
		if (str_eq(part->type, STR("multipart/report")))
			leave_out_in_report(arena, part);
}
