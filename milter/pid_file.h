/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optional file that holds the process id. Main thread only. */
#ifndef MILTER_PID_FILE_H
#define MILTER_PID_FILE_H

#include "base/error.h"

/* An empty path means none. Replaces an old one as a whole; a link, or a file that holds anything
 * else, is an error and isn't changed. */
bool pid_file_write(struct str path, struct error *err_r);
/* Removes it if it is still ours; where that isn't allowed it stays. */
void pid_file_remove(struct str path);

#endif
