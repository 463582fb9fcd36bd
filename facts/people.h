/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who knows whom: what recipients say of senders in their lists, whom our users write to, and how a
 * sender's mail scored so far. What is asked of the store, what it answers, and what follows for a
 * message. Plain values in the message's arena; names, addresses and domains are in lower case.
 */
#ifndef FACTS_PEOPLE_H
#define FACTS_PEOPLE_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/vec.h"

/* Whose lists and acquaintances: an address, a domain, or "" for the site. */
enum people_list {
	PEOPLE_UNLISTED,
	PEOPLE_WELCOMED,
	PEOPLE_BLOCKED,
};

/* An entry of a list. */
struct people_entry {
	struct str scope;
	struct str pattern; /* an address, "*@domain", or with * and ? anywhere */
	enum people_list list;
	bool unauthenticated; /* of a welcome: counts although nobody shows who the sender is */
};
struct people_entry_list {
	vec_members(struct people_entry);
};

/* How often somebody of a scope wrote to an address. */
struct people_contact {
	struct str scope;
	int64_t count;
	int64_t last_s; /* seconds since 1970 */
};
struct people_contact_list {
	vec_members(struct people_contact);
};

/* How the mail of an identity scored. */
struct people_history {
	struct str identity;
	int32_t mean; /* thousandths */
	int64_t count;
	int64_t last_s;
};
struct people_history_list {
	vec_members(struct people_history);
};

struct people_question {
	struct str_list scopes;   /* whose lists: each once */
	struct str_list patterns; /* entries without * and ? but "*@", that would fit */
	struct str author;        /* whom our users may have written to; empty: don't ask */
	struct str_list threads;  /* messages that it answers, see people_thread() */
	struct str history_scope;
	struct str_list identities; /* whose history; empty: don't ask */
};

struct people_answer {
	struct people_entry_list entries;    /* that fit, and all that have * or ? elsewhere */
	struct people_contact_list contacts; /* of any scope */
	struct str_list threads;             /* scopes that sent a message which this one answers */
	struct people_history_list histories;
};

/* Somebody who has the answers: the store, for whom scoring doesn't know it. Thread-safe. */
struct people_reader {
	/* False where they could not be had by the deadline. */
	bool (*read)(const struct people_reader *reader, struct arena *arena,
	             const struct people_question *question, struct deadline deadline,
	             struct people_answer *answer_r);
	bool remote; /* it may take long enough for others to work meanwhile */
};

/* What was learned of a message, to be kept. */
enum people_lesson_kind {
	PEOPLE_WROTE_TO, /* somebody of the scope wrote to `name`, an address */
	PEOPLE_SENT,     /* … a message, of which `name` is people_thread() */
	PEOPLE_SCORED,   /* mail of `name`, an identity, had this score */
};
struct people_lesson {
	enum people_lesson_kind kind;
	struct str scope;
	struct str name;
	int32_t score;  /* thousandths */
	int64_t window; /* of the last how many messages it is the mean, about */
	int64_t time_s; /* seconds since 1970 */
};
struct people_lesson_list {
	vec_members(struct people_lesson);
};

/* How much being known counts where it counts in full. */
#define PEOPLE_KNOWN_FULL 1000

/* What all this is to one recipient. */
struct people_standing {
	enum people_list list;
	struct people_entry entry; /* that says so */
	int32_t known;   /* thousandths, up to PEOPLE_KNOWN_FULL; 0: not a correspondent */
	int64_t letters; /* that were written to the sender */
	int64_t last_s;  /* when the last of them was */
	bool answers;    /* it answers a message that was sent from here */
};

/* In a message's facts. */
struct people {
	bool unread;    /* the store could not be asked: all of it is unknown */
	bool has_shown; /* it is shown who the author is */
	/* What holds for every recipient; and what is more for each, in the envelope's order. */
	struct people_standing standing;
	const struct people_standing *recipients;
	size_t recipient_count; /* 0: no recipient has anything of his own */
	/* Of the author's address and of who vouches for it; count 0: none. */
	struct people_history author_history, voucher_history;
	bool wants_history; /* it was asked for */
	int64_t now_s;
};

/* "MESSAGE-ID DOMAIN": a message that was sent to somebody at the domain. */
struct str people_thread(struct arena *arena, struct str message_id, struct str domain);

/*
 * The one form of a pattern as people write it: lower case; "example.net" and "@example.net" as
 * "*@example.net". False, with what is wrong, where it is no pattern for addresses, or fits all.
 */
bool people_pattern(struct arena *arena, struct str typed, struct str *pattern_r,
                    struct error *err_r);
/* Has it * or ? anywhere but in "*@" at its beginning? */
bool people_is_glob(struct str pattern);
/* The one form of a scope: an address or a domain in lower case; false with what is wrong. */
bool people_scope(struct arena *arena, struct str typed, struct str *scope_r, struct error *err_r);

#endif
