/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/bounce.h"

#include <time.h>

#include "milter/in_flight.h"

bool bounce_expected(const struct service *service)
{
	const struct policy *policy;
	bool expected;

	if (!in_flight_try_enter())
		return false;
	policy = policy_pin(service->slot);
	expected = policy->has_srs_bounces;
	policy_unpin(service->slot, policy);
	in_flight_leave();
	return expected;
}

static enum srs_result reverse(const struct policy *policy, const struct session *session,
                               struct str address, struct str *reversed_r)
{
	struct str daemon = session->envelope.daemon_name;

	if (!policy->has_srs_secrets || settings_role(&policy->settings, daemon) == ROLE_FORWARD)
		return SRS_NOT_SRS;
	return srs_reverse(session->arena, &policy->srs, address, (int64_t)time(NULL), reversed_r);
}

static sfsistat refuse(SMFICTX *ctx, enum srs_result result)
{
	char *text = (char *)srs_result_text(result);

	/* If it were accepted, it would have nowhere to go. */
	if (result == SRS_FAILED) {
		smfi_setreply(ctx, (char *)"451", (char *)"4.3.0", text);
		return SMFIS_TEMPFAIL;
	}
	smfi_setreply(ctx, (char *)"550", (char *)"5.1.1", text);
	return SMFIS_REJECT;
}

sfsistat bounce_check_recipient(SMFICTX *ctx, const struct service *service,
                                const struct session *session, struct str address,
                                struct str *reversed_r)
{
	const struct policy *policy;
	enum srs_result result;

	*reversed_r = STR("");
	if (!in_flight_try_enter())
		return SMFIS_CONTINUE;
	policy = policy_pin(service->slot);
	result = reverse(policy, session, address, reversed_r);
	policy_unpin(service->slot, policy);
	in_flight_leave();
	if (result == SRS_REWRITTEN || result == SRS_NOT_SRS || !session->answers_rcpt)
		return SMFIS_CONTINUE;
	return refuse(ctx, result);
}

static bool replace(SMFICTX *ctx, const struct session *session, struct str old, struct str new)
{
	struct str bracketed = arena_printf(session->arena, "<%.*s>", STR_FMT(new));
	char *address = arena_cstr(session->arena, bracketed);

	/* The new one first: if that fails, the message still has its recipient. */
	return smfi_addrcpt(ctx, address) == MI_SUCCESS &&
	       smfi_delrcpt(ctx, arena_cstr(session->arena, old)) == MI_SUCCESS;
}

size_t bounce_redirect(SMFICTX *ctx, const struct session *session, const struct verdict *verdict)
{
	const struct envelope_recipients *recipients = &session->envelope.recipients;
	size_t failed = 0;

	/* Otherwise tables of the MTA do it. */
	if (!session->answers_rcpt)
		return 0;
	for (size_t i = 0; i < recipients->len; i++) {
		struct str new = recipients->items[i].reversed;

		if (new.len > 0 && !verdict->recipients[i].drop)
			failed +=
				!replace(ctx, session, session->recipient_arguments.items[i], new);
	}
	return failed;
}
