/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a running filter knows of its lists, in a small file for those who ask from outside: one
 * line a list. Blocks on the disk.
 */
#ifndef FACTS_DNS_LIST_FILE_H
#define FACTS_DNS_LIST_FILE_H

#include "base/error.h"
#include "base/vec.h"
#include "facts/dns_list_report.h"

/* Replaces the file at once, as a whole. */
bool dns_list_file_write(const char *path, const struct dns_list_reports *reports,
                         struct error *err_r);
/*
 * Reads it; *age_us_r is how long ago it was written. False with *err_r where there is none that
 * may be read, or it is no such file.
 */
bool dns_list_file_read(struct arena *arena, const char *path, struct dns_list_reports *reports_r,
                        int64_t *age_us_r, struct error *err_r);
/* Its text, with the monotonic clock's time now, in whose terms times are. What can't be read is
 * refused. Pure. */
struct str dns_list_file_text(struct arena *arena, const struct dns_list_reports *reports,
                              int64_t now_us);
bool dns_list_file_parse(struct arena *arena, struct str text, int64_t now_us,
                         struct dns_list_reports *reports_r, struct error *err_r);

#endif
