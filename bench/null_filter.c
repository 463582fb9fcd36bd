/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least that a filter on libmilter can do: it takes all that an MTA offers, looks at nothing
 * and lets everything pass. null_filter [-a] ADDRESS: with -a it answers every step, as filters did
 * before the protocol had no-reply bits; without, none but the end of message.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>

#define QUIET                                                                                      \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA |           \
	 SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NR_UNKN)

static bool answers_all;

static sfsistat answer(void)
{
	return answers_all ? SMFIS_CONTINUE : SMFIS_NOREPLY;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
                             unsigned long unused2, unsigned long unused3, unsigned long *actions_r,
                             unsigned long *steps_r, unsigned long *unused2_r,
                             unsigned long *unused3_r)
{
	(void)ctx;
	(void)actions;
	(void)unused2;
	(void)unused3;
	*actions_r = 0;
	*steps_r = answers_all ? 0 : steps & QUIET;
	*unused2_r = *unused3_r = 0;
	return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, struct sockaddr *address)
{
	(void)ctx;
	(void)name;
	(void)address;
	return answer();
}

static sfsistat on_text(SMFICTX *ctx, char *text)
{
	(void)ctx;
	(void)text;
	return answer();
}

static sfsistat on_envelope(SMFICTX *ctx, char **arguments)
{
	(void)ctx;
	(void)arguments;
	return answer();
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return answer();
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return answer();
}

static sfsistat on_step(SMFICTX *ctx)
{
	(void)ctx;
	return answer();
}

static sfsistat on_end(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int main(int argc, char **argv)
{
	struct smfiDesc callbacks = {
		.xxfi_name = (char *)"null",
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_text,
		.xxfi_envfrom = on_envelope,
		.xxfi_envrcpt = on_envelope,
		.xxfi_header = on_header,
		.xxfi_eoh = on_step,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_data = on_step,
		.xxfi_negotiate = on_negotiate,
	};

	answers_all = argc == 3 && strcmp(argv[1], "-a") == 0;
	if (argc != 2 + answers_all) {
		fprintf(stderr, "usage: null_filter [-a] ADDRESS\n");
		return EX_USAGE;
	}
	if (smfi_setconn(argv[argc - 1]) != MI_SUCCESS || smfi_register(callbacks) != MI_SUCCESS ||
	    smfi_setbacklog(1024) != MI_SUCCESS || smfi_opensocket(true) != MI_SUCCESS) {
		fprintf(stderr, "null_filter: can't listen on %s\n", argv[argc - 1]);
		return EX_UNAVAILABLE;
	}
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
