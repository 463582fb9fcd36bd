/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The body of a session, for the files of the end of message. See session.h for threads; all
 * slices live in the message's arena.
 */
#ifndef MILTER_SESSION_PRIVATE_H
#define MILTER_SESSION_PRIVATE_H

#include "base/budget.h"
#include "message/envelope.h"
#include "milter/arrivals.h"
#include "milter/mail_buffer.h"
#include "milter/mta.h"
#include "milter/overload_limit.h"
#include "milter/service.h"
#include "scoring/assay.h"

/* Rejected recipients that are counted for one message; what is beyond is an attack. */
#define SESSION_REJECTED_MAX 100

struct session {
	bool answers_mail; /* MAIL was negotiated to get an answer */
	bool answers_rcpt; /* RCPT was negotiated to get an answer */
	bool answers_body; /* and so was the body */
	bool lead_space;   /* header values come and go with their leading white space */

	/* The connection. malloc'd, since a client may say HELO as often as it likes. */
	char client_ip[MTA_CLIENT_IP_SIZE];
	char *client_name;
	char *helo;
	bool tls;

	/* The message; arena NULL between messages. */
	struct arena *arena;
	struct envelope envelope;
	struct str_list recipient_arguments; /* as given, for smfi_delrcpt() */
	struct str_list rejected;            /* recipients that the MTA refused */
	struct str_list rejected_srs;        /* forged or old SRS recipients that we refused */
	struct mail_buffer mail;
	struct raw_field_list fields;   /* those that a report may edit, of the whole header */
	size_t fields_size;             /* bytes of them */
	struct seal_body *seal_body;    /* hash of the body so far; NULL: no seals */
	struct budget_share memory;     /* what it takes, of max_memory */
	size_t mail_paid;               /* of it, for `mail` */
	struct deadline waits_until;    /* for memory; 0: it hasn't waited */
	bool given_up;                  /* it has waited in vain */
	arrival arrival;                /* until its end has come */
	enum overload_limit limit;      /* beyond which it is; it is not scanned for that */
	enum overload_policy overload;  /* what becomes of it then */
	int64_t memory_wait_ms;         /* how long it may wait */
	size_t waiting_max;             /* for memory, besides */
	struct pending_checks *pending; /* runs while the message arrives; or NULL */
};

/* A message at its end, while its policy is pinned. */
struct session_ending {
	const struct service *service;
	struct session *session;
	const struct policy *policy;
	struct assay_input input;
	struct lessons_pin learned; /* what the message is judged by; pinned */
	struct assay *assay;
	int64_t started_us; /* monotonic clock */
	struct str content; /* a hash of the message */
};

#endif
