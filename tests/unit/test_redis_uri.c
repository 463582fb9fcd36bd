/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/redis_uri.h"
#include "base/strbuf.h"

/* "MASTER@HOST:PORT,HOST:PORT" */
static const char *sentinels_of(struct arena *arena, const struct redis_uri *uri)
{
	const struct redis_sentinel *sentinel;
	struct strbuf text;

	assert_null(uri->host);
	strbuf_init(&text, arena);
	strbuf_printf(&text, "%s", uri->master);
	vec_foreach (&uri->sentinels, sentinel)
		strbuf_printf(&text, "%s%s:%d", sentinel == uri->sentinels.items ? "@" : ",",
		              sentinel->host, sentinel->port);
	return arena_cstr(arena, strbuf_str(&text));
}

/* The parts of what a URI says, "-" for those that it doesn't have; or the error. */
static const char *parse(const char *text)
{
	static char out[600];
	struct arena *arena = arena_new();
	struct redis_uri uri;
	struct error error;

	if (!redis_uri_parse(arena, str_from(text), &uri, &error)) {
		snprintf(out, sizeof(out), "error: %s", error.text);
	} else {
		snprintf(out, sizeof(out),
		         "%s%s:%d user=%s pass=%s db=%d name=%s ca=%s options=%zu",
		         uri.tls ? "tls " : "",
		         uri.socket != NULL   ? uri.socket
		         : uri.master != NULL ? sentinels_of(arena, &uri)
		                              : uri.host,
		         uri.port, uri.user != NULL ? uri.user : "-",
		         uri.password != NULL ? uri.password : "-", uri.database, uri.name,
		         uri.ca_file != NULL ? uri.ca_file : "-", uri.options.len);
	}
	arena_free(arena);
	return out;
}

static void test_forms(void **state)
{
	static const char *const good[][2] = {
		{ "redis://host", "host:6379 user=- pass=- db=0 name= ca=- options=0" },
		{ "redis://:pa@ss:w@host:1234/5/hash",
		  "host:1234 user=- pass=pa@ss:w db=5 name=hash ca=- options=0" },
		{ "redis://joe:p%40%3Aw%2F%25x@h/1",
		  "h:6379 user=joe pass=p@:w/%x db=1 name= ca=- options=0" },
		{ "redis://:100%@h", "h:6379 user=- pass=100% db=0 name= ca=- options=0" },
		{ "redis://:a%00b@h", "h:6379 user=- pass=a%00b db=0 name= ca=- options=0" },
		{ "redis://joe:@h", "h:6379 user=joe pass= db=0 name= ca=- options=0" },
		{ "redis://[::1]:6391/0", "::1:6391 user=- pass=- db=0 name= ca=- options=0" },
		{ "redis://u:p@[2001:db8::1]/7/n",
		  "2001:db8::1:6379 user=u pass=p db=7 name=n ca=- options=0" },
		{ "rediss://h:7000/2?ca=/etc/ca.pem&journal=/j",
		  "tls h:7000 user=- pass=- db=2 name= ca=/etc/ca.pem options=1" },
		{ "redis+unix:///run/redis.sock?db=3&name=hash&hold=1h",
		  "/run/redis.sock:0 user=- pass=- db=3 name=hash ca=- options=1" },
		{ "redis+unix://joe:p@/run/redis.sock",
		  "/run/redis.sock:0 user=joe pass=p db=0 name= ca=- options=0" },
		{ "redis+sentinel://a,b:1,[::1]:2/main/3/hash?journal=/j",
		  "main@a:26379,b:1,::1:2:0 user=- pass=- db=3 name=hash ca=- options=1" },
		{ "redis+sentinel://joe:p@s/m",
		  "m@s:26379:0 user=joe pass=p db=0 name= ca=- options=0" },
		{ "rediss+sentinel://s/m/1?ca=/c",
		  "tls m@s:26379:0 user=- pass=- db=1 name= ca=/c options=0" },
		{ "redis://h?ca=/x", "h:6379 user=- pass=- db=0 name= ca=- options=1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(parse(good[i][0]), good[i][1]);
}

/* None of them shows the password. */
static void test_refused(void **state)
{
	static const char *const bad[] = {
		"redis:",
		"redis:host",
		"redis://",
		"redis://h:port",
		"redis://h:0",
		"redis://h:65536",
		"redis://h/x",
		"redis://h/-1",
		"redis://user@h",
		"redis://[::1",
		"redis://[]:1",
		"redis://[::1]x",
		"redis://::1:6379",
		"redis+sentinel://h",
		"redis+sentinel://h/",
		"redis+sentinel://h//0",
		"redis+sentinel:///m",
		"redis+sentinel://h,,i/m",
		"redis+sentinel://h,i:x/m",
		"redis+sentinel://h/m/x",
		"redis+sentinel://user@h/m",
		"redis+sentinel://a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q/m",
		"redis+unix://h/x",
		"redis+unix:///",
		"redis+unix:///s?db=x",
		"redis://h?x",
		"redis://h?=x",
		"redis://h?x=",
		"rediss://h?cert=/c",
		"rediss://h?key=/k",
		"redis://u:secret@",
		"redis://u:secret@h:x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (strncmp(parse(bad[i]), "error: ", 7) != 0)
			fail_msg("%s: %s", bad[i], parse(bad[i]));
		assert_null(strstr(parse(bad[i]), "secret"));
		assert_non_null(strstr(parse(bad[i]), "write redis://"));
	}
}

static void test_where(void **state)
{
	struct arena *arena = arena_new();
	struct redis_uri uri, other;
	struct error error;

	(void)state;
	assert_true(redis_uri_parse(arena, STR("rediss://u:p@[::1]:1/2"), &uri, &error));
	assert_string_equal(uri.where, "rediss [::1]:1");
	other = redis_uri_at(arena, &uri, "10.0.0.1", 7);
	assert_string_equal(other.where, "rediss 10.0.0.1:7");
	assert_string_equal(other.user, "u");
	assert_int_equal(other.database, 2);
	assert_true(redis_uri_parse(arena, STR("redis+unix:///s"), &uri, &error));
	assert_string_equal(uri.where, "redis /s");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_where),
	};

	return cmocka_run_group_tests_name("redis_uri", tests, NULL, NULL);
}
