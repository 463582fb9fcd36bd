/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A filter as the question that a store answers quickly, by one of its indexes, and what is then to
 * be looked at in each record. Pure; in the arena.
 */
#ifndef STORE_FILTER_PLAN_H
#define STORE_FILTER_PLAN_H

#include "base/arena.h"
#include "store/store.h"
#include "store/store_filter.h"

struct store_view;

struct filter_plan {
	const struct store_view *view;
	const struct store_filter *filter;
	const char *message;      /* without angle brackets */
	struct str text_id;       /* the filter's text as an id */
	struct store_query query; /* narrowed to the view's account */
	bool empty;               /* nothing can fit: another account is asked for */
};

/* False with the reason where a text is too long to be meant. */
bool filter_plan_make(const struct store_view *view, struct arena *arena,
                      const struct store_filter *filter, struct filter_plan *plan_r,
                      struct error *err_r);

/* True where a record is of the view's account and as the filter wants it. */
bool filter_plan_fits(const struct filter_plan *plan, const struct record *record);

#endif
