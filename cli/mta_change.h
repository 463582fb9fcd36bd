/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command changes in an MTA's configuration, and the file that remembers it, so that it can
 * be undone exactly.
 */
#ifndef CLI_MTA_CHANGE_H
#define CLI_MTA_CHANGE_H

#include "base/error.h"
#include "base/vec.h"

enum mta_change_kind { MTA_PARAMETER, MTA_SERVICE, MTA_FILE };

struct mta_change {
	enum mta_change_kind kind;
	struct str name;   /* of the parameter or service; the file's path */
	bool was_there;    /* before */
	struct str before; /* its value, line or content then */
	struct str after;
	struct str written; /* before, of a parameter: as main_cf_entries() has it */
};

struct mta_change_list {
	vec_members(struct mta_change);
};

/* The change of this name, or NULL. */
const struct mta_change *mta_change_find(const struct mta_change_list *list,
                                         enum mta_change_kind kind, struct str name);

/* Writes them (JSON, mode 0600) so that they outlive a power failure; in place of what was there.
 */
bool mta_change_save(const struct mta_change_list *list, const char *path, struct error *err_r);
/* Reads them into the arena; none where there is no file. False where it is damaged. */
bool mta_change_load(struct arena *arena, const char *path, struct mta_change_list *list_r,
                     struct error *err_r);

#endif
