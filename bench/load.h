/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A load generator for mail filters: what to send is made beforehand as scripts, one thread plays
 * them on many connections at once and takes the time of each message. A protocol is a table entry
 * that makes the scripts and reads the answers.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/error.h"
#include "base/vec.h"

/* Bytes to send, and whether the filter answers them. */
struct step {
	struct str bytes;
	bool answered;
	bool body; /* left out once the filter wants no more of the body */
};

struct script {
	vec_members(struct step);
};

/* Scripts, by whether the filter answers MAIL. */
#define VARIANTS 2

struct mail {
	const char *path;
	struct str raw;
	struct script scripts[VARIANTS];
};

struct mail_list {
	vec_members(struct mail);
};

enum taken {
	TAKEN_MORE,   /* the answer isn't whole */
	TAKEN_PART,   /* a packet that ends nothing */
	TAKEN_ANSWER, /* the step is answered */
	TAKEN_SKIP,   /* it is, and the filter wants no more of the body */
	TAKEN_LATER,  /* the message is to be sent again later */
	TAKEN_BAD,    /* not an answer of this protocol, or a failure */
};

struct load;

struct protocol {
	const char *name;
	bool one_message; /* a connection serves one message, and the filter closes it */
	bool half_close;  /* the end of what we send is the end of the message */
	/* Makes load->opening, or all scripts where there is no negotiation. */
	void (*begin)(struct load *load);
	/* Reads one answer from the start of `input`; `closed`: there will be no more of it.
	 * *used_r is set unless the answer isn't whole. */
	enum taken (*take)(struct load *load, struct str input, bool closed, size_t *used_r);
};

extern const struct protocol protocol_milter, protocol_http, protocol_spamd;

struct load {
	struct arena *arena; /* of scripts */
	const struct protocol *protocol;
	struct mail_list mails;
	const char *address;
	size_t messages, warm, connections, per_connection;
	bool wait_for_all; /* as an MTA that knows no no-reply bits */
	bool write_each;   /* a system call for each packet */
	bool each;         /* one after the other, with a line for each */
	bool json;
	size_t rate;     /* messages a second, however many are answered; 0: as they are answered */
	bool take_later; /* "later" is an answer, and counted */
	vec_of(int) filters; /* process ids */

	struct script opening;  /* the negotiation, or empty */
	struct script greeting; /* what follows it on each connection, or empty */
	bool ready;             /* greeting and the mails' scripts are made */
	uint32_t stages;        /* milter: what was negotiated */
	size_t variant;         /* of the connection whose negotiation was answered last */
};

/* What the filter's processes took, with their descendants. */
struct usage {
	double cpu_s;  /* user and system, of processes that live */
	double user_s; /* as counted in ticks */
	double system_s;
	long pss_kib;
	size_t processes;
};
/* `memory` false: pss_kib is left 0, for that question takes long. */
struct usage usage_of(const struct load *load, bool memory);

struct result {
	double wall_s;
	struct usage before, after;
	long pss_kib;     /* while all connections were open */
	double *total_ms; /* sorted: from the connection or MAIL to the last answer */
	double *end_ms;   /* sorted: from the last byte sent to the last answer */
	size_t count;     /* of messages that were answered as they should be */
	size_t later;     /* besides: to be sent again later */
	size_t unsent;    /* besides: all connections were in use when it was due */
};

/* Plays load->messages after load->warm others; ends the program where the filter fails. */
void load_run(struct load *load, struct result *result_r);
/* The same with one message at a time: a line with CPU and time for each. */
void load_run_each(struct load *load);

#endif
