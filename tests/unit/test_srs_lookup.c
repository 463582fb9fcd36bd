/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include <openssl/evp.h>

#include "forward/srs_lookup.h"
#include "tests/unit/srs_settings.h"

#define NOW  INT64_C(1795000000)
#define DAYS (INT64_C(86400))

static struct arena *arena;
static struct srs_settings settings;
static struct forward_maps *maps;

static int set_up(void **state)
{
	struct forward_settings forward = { .delimiters = STR("+") };
	struct problems problems;

	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	vec_push(arena, &forward.hosted_domains, STR("hosted.example"));
	vec_push(arena, &forward.relayed_domains, STR("relayed.example"));
	vec_push(arena, &forward.kept_senders, STR("*.friend.example"));
	maps = forward_maps_load(arena, &forward, &problems);
	assert_non_null(maps);
	settings = srs_default_settings();
	settings.domain = STR("srs.example");
	vec_push(arena, &settings.secrets, STR("tops3cr3t"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str ask(const char *request)
{
	return srs_lookup(arena, &settings, maps, str_from(request), NOW);
}

static void assert_not_found(const char *request)
{
	struct str text = ask(request);

	if (!str_starts(text, STR("NOTFOUND ")))
		fail_msg("\"%s\": \"%.*s\"", request, STR_FMT(text));
}

static void test_forward(void **state)
{
	struct str text = ask("forward joe@client.example");

	(void)state;
	assert_true(str_starts(text, STR("OK SRS0=")));
	assert_true(str_ends_ci(text, STR("=client.example=joe@srs.example")));
	text = ask("forward SRS0=abcd=AB=origin.example=joe@first.example");
	assert_true(str_starts(text, STR("OK SRS1=")));
	assert_true(str_starts(ask("forward \"a b\"@client.example"), STR("OK \"SRS0=")));
	/* What stays as it is. */
	assert_not_found("forward ");
	assert_not_found("forward");
	assert_not_found("forward <>");
	assert_not_found("forward joe");
	assert_not_found("forward @client.example");
	assert_not_found("forward joe@");
	assert_not_found("forward joe@hosted.example");
	assert_not_found("forward joe@relayed.example");
	assert_not_found("forward joe@a.friend.example");
	assert_not_found("forward joe@srs.example");
	assert_not_found("forward SRS0=abcd=AB=origin.example=joe@SRS.example");
}

static void test_reverse(void **state)
{
	struct str address = str_from_offset(ask("forward joe@client.example"), 3);
	const char *request =
		arena_cstr(arena, arena_printf(arena, "reverse %.*s", STR_FMT(address)));

	(void)state;
	assert_str(ask(request), "OK joe@client.example");
	assert_str(srs_lookup(arena, &settings, maps, arena_str_lower(arena, str_from(request)),
	                      NOW + 21 * DAYS),
	           "OK joe@client.example");
	assert_str(srs_lookup(arena, &settings, maps, str_from(request), NOW + 22 * DAYS),
	           "NOTFOUND SRS address has expired");
	/* Postfix would defer what gets PERM, and bounce it in the end. */
	assert_not_found("reverse SRS0=abcd=AB=client.example=joe@srs.example");
	assert_not_found("reverse SRS0=abcd@srs.example");
	assert_not_found("reverse SRS0");
	assert_not_found("reverse @srs.example");
	assert_not_found("reverse joe@srs.example");
	assert_not_found("reverse SRS0=abcd=AB=client.example=joe@other.example");
	/* A new secret in front: what the old one signed is valid. */
	vec_push(arena, &settings.secrets, settings.secrets.items[0]);
	settings.secrets.items[0] = STR("new");
	assert_str(ask(request), "OK joe@client.example");
	settings.secrets.len = 1;
	assert_not_found(request);
}

/* Forwarded mail goes on as it is; a bounce comes again. */
static void test_library_fails(void **state)
{
	struct str address = str_from_offset(ask("forward joe@client.example"), 3);
	struct str request = arena_printf(arena, "reverse %.*s", STR_FMT(address));

	(void)state;
	EVP_set_default_properties(NULL, "provider=none");
	assert_not_found("forward joe@client.example");
	assert_true(str_starts(ask(arena_cstr(arena, request)), STR("TEMP ")));
	assert_not_found("reverse joe@srs.example");
	EVP_set_default_properties(NULL, "");
	assert_str(ask(arena_cstr(arena, request)), "OK joe@client.example");
}

static void test_refused(void **state)
{
	char request[SRS_LOOKUP_MAX + 100] = "forward ";

	(void)state;
	assert_true(str_starts(ask(""), STR("PERM ")));
	assert_true(str_starts(ask("sideways joe@client.example"), STR("PERM ")));
	assert_true(str_starts(ask("forwards joe@client.example"), STR("PERM ")));
	memset(request + 8, 'x', sizeof(request) - 9);
	memcpy(request + sizeof(request) - 12, "@b.example", 11);
	assert_true(str_starts(ask(request), STR("PERM ")));
	memcpy(request + 400, "@b.example", 11);
	assert_not_found(request);
	assert_not_found("forward a\nb@client.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forward, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reverse, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_library_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("srs_lookup", tests, NULL, NULL);
}
