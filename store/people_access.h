/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody opens the store of people for. */
#ifndef STORE_PEOPLE_ACCESS_H
#define STORE_PEOPLE_ACCESS_H

enum people_access {
	PEOPLE_PEEK, /* reading alone, where nothing else may be possible */
	/* Reading in a process that also writes: SQLite's connections share what they have open of
	 * a file, so one that may only read would keep the others from writing. */
	PEOPLE_READ,
	PEOPLE_WRITE, /* tables are there; what was written last may be lost with the machine */
	PEOPLE_EDIT,  /* makes what is missing; what is written is durable */
};

#endif
