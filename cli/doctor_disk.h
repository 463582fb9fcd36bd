/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a file system that the filter writes to, and what it says. Pure. */
#ifndef CLI_DOCTOR_DISK_H
#define CLI_DOCTOR_DISK_H

#include "cli/doctor_check.h"

struct doctor_disk_facts {
	const char *path;           /* that was asked about */
	const char *key;            /* of assay.conf, that names it */
	uint64_t free, total;       /* bytes, for those who are not root */
	uint64_t free_files, files; /* 0 files: it has no such limit */
	bool read_only;
	int64_t wanted; /* bytes that may come here yet, by assay.conf; 0: not known */
};

/* Tells what is wrong; false where nothing is. */
bool doctor_disk_judge(struct doctor *doctor, const struct doctor_disk_facts *facts);

#endif
