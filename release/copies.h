/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of the copies: a file a message, named by the scan id, a hyphen and eight digits that
 * tell apart what became of the message at several recipients' hops. Nobody but the filter's
 * account may look into it. Thread-safe; every function blocks on the disk.
 */
#ifndef RELEASE_COPIES_H
#define RELEASE_COPIES_H

#include "release/copy.h"

/* Makes the folder where it is missing; false, with the reason, where it can't be used or is open
 * to others. */
bool copies_make_folder(const char *folder, struct error *err_r);

/* Writes a copy; true once it is durable. The same one again takes the first one's place.
 * *size_r: bytes that it takes on the disk. */
bool copies_write(const char *folder, const struct copy *copy, int64_t *size_r,
                  struct error *err_r);
/* Takes it out again. */
void copies_remove(const char *folder, const struct copy *copy);

struct copies_list {
	vec_members(struct copy);
};
/*
 * All copies of a message, with their messages, in the arena; none is no error. One that is damaged
 * is: it fails, with the file's name.
 */
bool copies_find(struct arena *arena, const char *folder, struct str scan_id,
                 struct copies_list *copies_r, struct error *err_r);
/* True where there is a copy of it; doesn't read it. */
bool copies_has(const char *folder, struct str scan_id);

/*
 * Calls visit with the path of each copy that was written since then (seconds since 1970), in any
 * order; it reads what it wants by copies_read(). No folder: none. False where it can't be read.
 */
bool copies_visit_since(const char *folder, int64_t since_s,
                        void (*visit)(const char *path, void *context), void *context,
                        struct error *err_r);
/* One of them, with its message, in the arena. False, with the path, where it is damaged. */
bool copies_read(struct arena *arena, const char *path, struct copy *copy_r, struct error *err_r);

/* Removes what was written before `before_s` (seconds since 1970), then the oldest ones beyond
 * `max_bytes`; *used_r: what the rest takes. False where the folder can't be read. */
bool copies_sweep(const char *folder, int64_t before_s, int64_t max_bytes, int64_t *used_r,
                  struct error *err_r);

#endif
