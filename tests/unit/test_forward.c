/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/address.h"
#include "tests/unit/class_name.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "forward/forward.h"
#include "tests/unit/scratch.h"

struct fixture {
	struct arena *arena;
	struct problems problems;
	struct forward_settings settings;
	struct forward_maps *loaded;
};

static void start(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena_new();
	f->settings.delimiters = STR("+");
	f->settings.delimiters_given = true;
	problems_init(&f->problems, f->arena);
}

static void add_map(struct fixture *f, const char *type, const char *file, const char *text)
{
	vec_push(f->arena, &f->settings.maps,
	         arena_printf(f->arena, "%s:%s", type, scratch_write(file, text)));
}

static void add_hosted(struct fixture *f, const char *domain)
{
	vec_push(f->arena, &f->settings.hosted_domains, arena_str(f->arena, str_from(domain)));
}

static void load(struct fixture *f)
{
	f->loaded = forward_maps_load(f->arena, &f->settings, &f->problems);
	for (size_t i = 0; i < f->problems.len; i++)
		print_message("%.*s\n", STR_FMT(f->problems.items[i].text));
	assert_non_null(f->loaded);
}

/* "forwarded: joe@aol.example!" with "!" after what is external and "?" at the end where it is
 * not certain. */
static struct str expand(struct fixture *f, const char *address)
{
	const struct expansion *e = forward_expand(f->arena, f->loaded, str_from(address));
	struct str text = arena_printf(f->arena, "%s:", class_name(e->class));

	for (size_t i = 0; i < e->len; i++)
		text = arena_printf(f->arena, "%.*s %.*s%s", STR_FMT(text),
		                    STR_FMT(e->items[i].address), e->items[i].external ? "!" : "");
	return e->incomplete ? arena_printf(f->arena, "%.*s ?", STR_FMT(text)) : text;
}

static void test_virtual(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	add_hosted(&f, "*.sub.example");
	add_map(&f, "texthash", "virtual",
	        "virtual.example anything\n"
	        "joe@example.com joe@aol.example\n"
	        "both@example.com both@example.com, both@aol.example\n"
	        "box@example.com mailbox\n"
	        "list@example.com joe@example.com, jane@other.example, joe@example.com\n"
	        "deep@example.com deeper@example.com\n"
	        "deeper@example.com deepest@x.sub.example\n"
	        "@virtual.example @x.example\n"
	        "real@virtual.example real@example.com\n"
	        "move@example.com @new.example\n"
	        "plain alias@aol.example\n");
	load(&f);
	assert_str(expand(&f, "joe@example.com"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "JOE@Example.COM."), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "\"joe\"@example.com"), "forwarded: joe@aol.example! ?");
	assert_str(expand(&f, "both@example.com"), "both: both@aol.example! both@example.com");
	assert_str(expand(&f, "box@example.com"), "hosted: mailbox");
	assert_str(expand(&f, "list@example.com"),
	           "forwarded: joe@aol.example! jane@other.example!");
	assert_str(expand(&f, "deep@example.com"), "hosted: deepest@x.sub.example");
	assert_str(expand(&f, "any.body@virtual.example"), "forwarded: any.body@x.example!");
	assert_str(expand(&f, "\"a b\"@virtual.example"), "forwarded: \"a b\"@x.example!");
	assert_str(expand(&f, "real@virtual.example"), "hosted: real@example.com");
	assert_str(expand(&f, "nobody@example.com"), "hosted: nobody@example.com");
	assert_str(expand(&f, "a@sub.example"), "unknown: a@sub.example!");
	assert_str(expand(&f, "someone@elsewhere.example"), "unknown: someone@elsewhere.example!");
	/* Bare names are for local domains, not for virtual ones. */
	assert_str(expand(&f, "plain@example.com"), "forwarded: alias@aol.example! ?");
	assert_str(expand(&f, "plain@virtual.example"), "forwarded: plain@x.example!");
	assert_str(expand(&f, ""), "unknown: ");
	assert_true(forward_is_ours(f.loaded, STR("x@EXAMPLE.com")));
	assert_true(forward_is_ours(f.loaded, STR("x@virtual.example")));
	assert_true(forward_is_ours(f.loaded, STR("x@a.b.sub.example")));
	assert_false(forward_is_ours(f.loaded, STR("x@aexample.com")));
	arena_free(f.arena);
}

static void test_extension(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	add_map(&f, "texthash", "virtual",
	        "joe@example.com joe@aol.example\n"
	        "joe+special@example.com special@aol.example\n"
	        "jane@example.com jane@example.com, copy@aol.example\n"
	        "q@example.com \"a b\"@aol.example\n");
	load(&f);
	assert_str(expand(&f, "joe+x@example.com"), "forwarded: joe+x@aol.example!");
	assert_str(expand(&f, "joe+special@example.com"), "forwarded: special@aol.example!");
	assert_str(expand(&f, "joe-x@example.com"), "hosted: joe-x@example.com");
	assert_str(expand(&f, "jane+y@example.com"),
	           "both: copy+y@aol.example! jane+y@example.com");
	assert_str(expand(&f, "q+y@example.com"), "forwarded: \"a b+y\"@aol.example!");
	assert_str(expand(&f, "+x@example.com"), "hosted: +x@example.com");
	assert_str(expand(&f, "++x@example.com"), "hosted: ++x@example.com");
	assert_str(expand(&f, "joe+@example.com"), "hosted: joe+@example.com");
	/* The MTA may have another delimiter, or none. */
	f.settings.delimiters_given = false;
	load(&f);
	assert_str(expand(&f, "joe+x@example.com"), "forwarded: joe+x@aol.example! ?");
	assert_str(expand(&f, "joe+special@example.com"), "forwarded: special@aol.example!");
	f.settings.delimiters_given = true;
	f.settings.delimiters = STR("+-");
	load(&f);
	assert_str(expand(&f, "joe-x@example.com"), "forwarded: joe-x@aol.example!");
	arena_free(f.arena);
}

/* Names that are never taken apart, and what Sendmail takes for a pattern. */
static void test_whole_names(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	f.settings.delimiters = STR("-");
	add_hosted(&f, "example.com");
	add_map(&f, "texthash", "virtual",
	        "owner@example.com x@aol.example\n"
	        "list@example.com x@aol.example\n"
	        "mailer@example.com x@aol.example\n"
	        "double@example.com x@aol.example\n"
	        "star@example.com x@aol.example\n"
	        "star-*@example.com box\n");
	load(&f);
	assert_str(expand(&f, "owner-list@example.com"), "hosted: owner-list@example.com");
	assert_str(expand(&f, "list-request@example.com"), "hosted: list-request@example.com");
	assert_str(expand(&f, "mailer-daemon@example.com"), "hosted: mailer-daemon@example.com");
	assert_str(expand(&f, "double-bounce@example.com"), "hosted: double-bounce@example.com");
	assert_str(expand(&f, "list-x@example.com"), "forwarded: x-x@aol.example!");
	assert_str(expand(&f, "star-x@example.com"), "forwarded: x-x@aol.example! ?");
	arena_free(f.arena);
}

/* What the MTA takes for itself without being told is no forward. */
static void test_own_names(void **state)
{
	static const char *const yes[] = {
		"localhost",
		"LOCALHOST.",
		"localhost.localdomain",
		"localhost.example",
		"[127.0.0.1]",
		"127.0.0.1",
		"[::1]",
		"[IPv6:::1]",
		"[ipv6:0:0:0:0:0:0:0:1]",
		"[0.0.0.0]",
		"[::]",
		"[::ffff:127.0.0.1]",
		"mx.example.net",
		"Other.Example.Net.",
		"xn--bcher-kva.example",
	};
	static const char *const perhaps[] = {
		"[192.0.2.77]", "[IPv6:2001:db8::77]", "[mx.aol.example]",    "mx",
		"example.net",  "x.localdomain",       "my.localhost",        "192.0.2.77",
		"127.1",        "aol.example..",       "z\xc3\xbcrich.other",
	};
	struct fixture f;
	char name[300];

	(void)state;
	start(&f);
	f.settings.hostname = STR("mx.example.net");
	vec_push(f.arena, &f.settings.own_names, STR("other.example.net"));
	vec_push(f.arena, &f.settings.own_names,
	         STR("b\xc3\xbc"
	             "cher.example"));
	add_hosted(&f, "example.com");
	load(&f);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		snprintf(name, sizeof(name), "joe@%s", yes[i]);
		if (forward_expand(f.arena, f.loaded, str_from(name))->class != RECIPIENT_HOSTED)
			fail_msg("%s is not ours", name);
		assert_true(forward_is_ours(f.loaded, str_from(name)));
	}
	for (size_t i = 0; i < sizeof(perhaps) / sizeof(perhaps[0]); i++) {
		char text[400];

		snprintf(text, sizeof(text), "a@example.com joe@%s\n", perhaps[i]);
		scratch_write("virtual", text);
		f.settings.maps.len = 0;
		add_map(&f, "texthash", "virtual", text);
		f.problems.errors = 0;
		f.loaded = forward_maps_load(f.arena, &f.settings, &f.problems);
		if (f.loaded != NULL &&
		    !forward_expand(f.arena, f.loaded, STR("a@example.com"))->incomplete)
			fail_msg("%s is certain", perhaps[i]);
	}
	arena_free(f.arena);
}

/* Of this machine: its name, and the addresses of its interfaces. */
static void test_the_machine(void **state)
{
	char host[256] = "", text[400];
	struct ifaddrs *list, *i;
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	load(&f);
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(text, sizeof(text), "joe@%s", host);
	assert_int_equal(forward_expand(f.arena, f.loaded, str_from(text))->class,
	                 RECIPIENT_HOSTED);
	assert_int_equal(getifaddrs(&list), 0);
	for (i = list; i != NULL; i = i->ifa_next) {
		char address[INET6_ADDRSTRLEN];

		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET)
			continue;
		inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, address,
		          sizeof(address));
		snprintf(text, sizeof(text), "joe@[%s]", address);
		assert_int_equal(forward_expand(f.arena, f.loaded, str_from(text))->class,
		                 RECIPIENT_HOSTED);
	}
	freeifaddrs(list);
	arena_free(f.arena);
}

/* Aliases hold for names of the host, as far as anybody knows. */
static void test_aliases_at_own_names(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	add_hosted(&f, "box.example");
	vec_push(f.arena, &f.settings.local_domains, STR("example.com"));
	add_map(&f, "aliases", "aliases", "joe: joe@aol.example\n");
	add_map(&f, "texthash", "virtual",
	        "a@box.example joe@localhost\nb@box.example jane@localhost\n"
	        "c@box.example joe@example.com\n");
	load(&f);
	assert_str(expand(&f, "a@box.example"), "forwarded: joe@aol.example! ?");
	assert_str(expand(&f, "b@box.example"), "hosted: jane@localhost");
	assert_str(expand(&f, "c@box.example"), "forwarded: joe@aol.example!");
	arena_free(f.arena);
}

/* What an MTA rewrites before it looks, or may. */
static void test_what_may_be_rewritten(void **state)
{
	static const char *const doubtful[] = {
		"any%localhost@v.example",
		"localhost!any@v.example",
		"\"any@localhost\"@v.example",
		"@v.example",
		"\"any\"@v.example",
		"a\\ny@v.example",
		"any@V.Example..",
		"@aol.example:any@v.example",
		"|any@v.example",
		"/any@v.example",
		"M\xc3\x9cller@v.example",
		"gru\xc3\x9f@v.example",
		"a::any@v.example",
	};
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "v.example");
	add_map(&f, "texthash", "virtual", "@v.example x@aol.example\n");
	load(&f);
	assert_str(expand(&f, "any@v.example"), "forwarded: x@aol.example!");
	assert_str(expand(&f, "any@V.Example."), "forwarded: x@aol.example!");
	assert_str(expand(&f, "m\xc3\xbcller@v.example"), "forwarded: x@aol.example!");
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		if (!forward_expand(f.arena, f.loaded, str_from(doubtful[i]))->incomplete)
			fail_msg("%s is certain", doubtful[i]);
	arena_free(f.arena);
}

/* A name alone gets a domain from the MTA, and that address may be in a table. */
static void test_bare_targets(void **state)
{
	static const char aliases[] = "joe: joe@aol.example\njim: jim@aol.example\n"
				      "via: both@example.com\nboth: x@aol.example\n"
				      "sub: joe\nhal: hal@aol.example\nall: lone\n";
	struct fixture f;

	(void)state;
	start(&f);
	f.settings.hostname = STR("mx.example.net");
	add_hosted(&f, "example.com");
	add_hosted(&f, "v.example");
	vec_push(f.arena, &f.settings.local_domains, STR("example.com"));
	add_map(&f, "aliases", "aliases", aliases);
	add_map(&f, "texthash", "virtual",
	        "a@v.example joe\nb@v.example jim\njim@example.com box@example.com\n"
	        "both@example.com x@aol.example\nc@v.example sub\n"
	        "kim box@example.com\n@v.example x@aol.example\n"
	        "d@v.example hal\nhal@mx.example.net box@example.com\nlone x@aol.example\n");
	add_map(&f, "pcre", "pcre", "/^joe@nowhere/ box@example.com\n");
	load(&f);
	assert_str(expand(&f, "a@v.example"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "c@v.example"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "b@v.example"), "forwarded: jim@aol.example! ?");
	assert_str(expand(&f, "d@v.example"), "forwarded: hal@aol.example! ?");
	/* No MTA looks for a name of an alias in a virtual table. */
	assert_str(expand(&f, "all@example.com"), "hosted: lone");
	/* Postfix does not take what aliases say through the virtual table, Sendmail does. */
	assert_str(expand(&f, "via@example.com"), "forwarded: x@aol.example! ?");
	/* Names without a domain do not hold there. */
	assert_str(expand(&f, "kim@v.example"), "forwarded: x@aol.example!");
	f.settings.local_domains.len = 0;
	scratch_write("pcre", "/^joe@example\\.com/ box@example.com\n");
	load(&f);
	assert_str(expand(&f, "a@v.example"), "forwarded: joe@aol.example! ?");
	arena_free(f.arena);
}

/* Sendmail does not look for a bare name in a virtusertable. */
static void test_names_in_virtual_tables(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	add_hosted(&f, "v.example");
	vec_push(f.arena, &f.settings.local_domains, STR("example.com"));
	add_map(&f, "texthash", "virtual",
	        "joe joe@aol.example\nv.example anything\n@v.example x@aol.example\n"
	        "@other.example y@aol.example\nb@v.example z@other.example\n");
	load(&f);
	assert_str(expand(&f, "joe@example.com"), "forwarded: joe@aol.example! ?");
	assert_str(expand(&f, "joe@v.example"), "forwarded: x@aol.example!");
	arena_free(f.arena);
}

/* A domain with addresses in a table is hardly external, list or not. */
static void test_targets_in_domains_of_keys(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	add_map(&f, "texthash", "virtual",
	        "a@example.com box@forgotten.example\nb@forgotten.example x@aol.example\n");
	load(&f);
	assert_str(expand(&f, "a@example.com"), "forwarded: box@forgotten.example! ?");
	assert_str(expand(&f, "b@forgotten.example"), "forwarded: x@aol.example!");
	arena_free(f.arena);
}

static void test_aliases(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, "example.com");
	/* The order of the configuration doesn't matter: an MTA looks up virtual aliases first. */
	add_map(&f, "aliases", "aliases",
	        "joe: joe@aol.example\n"
	        "jane: jane, jane@aol.example\n"
	        "jim: jim@example.com, jim@aol.example\n"
	        "bob: \\bob, bob@aol.example\n"
	        "robot: \"|/bin/robot\"\n"
	        "gone: :include:/nonexistent/list, x@aol.example\n"
	        "info: joe, robot\n"
	        "remap: nowhere@x.example\n");
	add_map(&f, "texthash", "virtual",
	        "virtual.example domain\n"
	        "sales@virtual.example joe\n"
	        "self@example.com self@example.com\n"
	        "remap@example.com here@example.com\n");
	load(&f);
	assert_str(expand(&f, "joe@example.com"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "joe+x@example.com"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "joe@virtual.example"), "hosted: joe@virtual.example");
	assert_str(expand(&f, "jane@example.com"), "both: jane@aol.example! jane@example.com");
	assert_str(expand(&f, "jim@example.com"), "both: jim@aol.example! jim@example.com");
	assert_str(expand(&f, "bob@example.com"), "both: \\bob bob@aol.example!");
	assert_str(expand(&f, "robot@example.com"), "hosted: |/bin/robot");
	assert_str(expand(&f, "gone@example.com"), "both: /nonexistent/list x@aol.example! ?");
	assert_str(expand(&f, "info@example.com"), "both: joe@aol.example! |/bin/robot");
	assert_str(expand(&f, "sales@virtual.example"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "self@example.com"), "hosted: self@example.com");
	assert_str(expand(&f, "remap@example.com"), "hosted: here@example.com");
	arena_free(f.arena);
}

/* What goes in circles or too deep is never certain. */
static void test_loops(void **state)
{
	struct fixture f;
	char text[2048] = "";

	(void)state;
	for (int i = 0; i < 20; i++)
		sprintf(text + strlen(text), "n%d@example.com n%d@example.com\n", i, i + 1);
	strcat(text, "a@example.com b@example.com, x@aol.example\n"
	             "b@example.com a@example.com\n"
	             "two@example.com n15@example.com, n16@example.com\n"
	             "n20@example.com end@aol.example\n");
	start(&f);
	add_hosted(&f, "example.com");
	add_map(&f, "texthash", "virtual", text);
	load(&f);
	assert_str(expand(&f, "a@example.com"), "forwarded: x@aol.example! ?");
	assert_str(expand(&f, "n0@example.com"), "hosted: ?");
	assert_str(expand(&f, "n11@example.com"), "forwarded: end@aol.example!");
	assert_str(expand(&f, "n10@example.com"), "hosted: ?");
	assert_str(expand(&f, "two@example.com"), "forwarded: end@aol.example!");
	arena_free(f.arena);
}

/* Without hosted_domains, the keys of the maps say what is ours. */
static void test_key_domains(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_map(&f, "texthash", "virtual",
	        "joe@example.com joe@aol.example, jane@example.org\njane@example.org jane\n");
	load(&f);
	/* But one that has no key may be ours as well. */
	assert_str(expand(&f, "joe@example.com"), "both: joe@aol.example! jane ?");
	assert_int_equal(f.problems.len, 1);
	assert_true(str_find(f.problems.items[0].text, STR("set hosted_domains")) > 0);
	assert_str(expand(&f, "x@example.org"), "hosted: x@example.org");
	assert_str(expand(&f, "x@aol.example"), "unknown: x@aol.example!");
	arena_free(f.arena);
}

static void test_kinds_of_domains(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	f.settings.hostname = STR("mx.example.net");
	add_hosted(&f, "example.com");
	add_hosted(&f, "box.example");
	vec_push(f.arena, &f.settings.local_domains, STR("example.com"));
	vec_push(f.arena, &f.settings.relayed_domains, STR("customer.example"));
	add_map(&f, "aliases", "aliases", "joe: joe@aol.example, root@mx.example.net\n");
	add_map(&f, "texthash", "virtual",
	        "a@example.com b@customer.example\nx@customer.example y@aol.example\n");
	load(&f);
	assert_int_equal(f.problems.len, 0);
	assert_str(expand(&f, "joe@example.com"), "both: joe@aol.example! root@mx.example.net");
	/* Another joe. */
	assert_str(expand(&f, "joe@box.example"), "hosted: joe@box.example");
	assert_str(expand(&f, "a@example.com"), "hosted: b@customer.example");
	assert_str(expand(&f, "b@customer.example"), "relayed: b@customer.example");
	assert_str(expand(&f, "x@customer.example"), "forwarded: y@aol.example!");
	assert_true(forward_is_ours(f.loaded, STR("b@customer.example")));
	assert_true(str_starts(forward_domain_reason(f.arena, f.loaded, STR("b@customer.example")),
	                       STR("relayed_domains")));
	f.settings.local_domains.len = 0;
	load(&f);
	assert_int_equal(f.problems.len, 1);
	assert_true(str_find(f.problems.items[0].text, STR("local_domains")) > 0);
	arena_free(f.arena);
}

/* A name in aliases may be a forward in one domain and a mailbox in the other. */
static void test_names_without_local_domains(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	f.settings.hostname = STR("mx.example.net");
	add_hosted(&f, "example.com");
	add_hosted(&f, "box.example");
	add_map(&f, "aliases", "aliases", "joe: joe@aol.example\n");
	add_map(&f, "texthash", "virtual", "sure@box.example sure@aol.example\n");
	load(&f);
	assert_int_equal(f.problems.len, 1);
	assert_str(expand(&f, "joe@box.example"), "forwarded: joe@aol.example! ?");
	assert_str(expand(&f, "joe+x@example.com"), "forwarded: joe@aol.example! ?");
	assert_true(str_find(forward_expand(f.arena, f.loaded, STR("joe@example.com"))->trouble,
	                     STR("set local_domains")) > 0);
	assert_str(expand(&f, "sure@box.example"), "forwarded: sure@aol.example!");
	assert_str(expand(&f, "jane@box.example"), "hosted: jane@box.example");
	/* The one that is left is the local one. */
	scratch_write("virtual", "box.example anything\nsure@box.example sure@aol.example\n");
	f.problems.len = 0;
	load(&f);
	assert_int_equal(f.problems.len, 0);
	assert_str(expand(&f, "joe@example.com"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "joe@mx.example.net"), "forwarded: joe@aol.example!");
	assert_str(expand(&f, "joe@box.example"), "hosted: joe@box.example");
	/* A wildcard is many. */
	f.settings.hosted_domains.items[0] = STR("*.example.com");
	load(&f);
	assert_str(expand(&f, "joe@a.example.com"), "forwarded: joe@aol.example! ?");
	arena_free(f.arena);
}

static void test_many_destinations(void **state)
{
	struct fixture f;
	char *text = malloc(20000 * 32), *end = text;
	const struct expansion *e;

	(void)state;
	end += sprintf(end, "list@example.com");
	for (int i = 0; i < 20000; i++)
		end += sprintf(end, "\n u%d@aol.example", i);
	start(&f);
	add_hosted(&f, "example.com");
	add_map(&f, "texthash", "virtual", text);
	load(&f);
	e = forward_expand(f.arena, f.loaded, STR("list@example.com"));
	assert_true(e->incomplete);
	assert_int_equal(e->len, 10000);
	free(text);
	arena_free(f.arena);
}

static void test_hosted_file(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	add_hosted(&f, scratch_write("hosted", "# ours\nexample.com OK\nexample.org\n"));
	load(&f);
	assert_str(expand(&f, "x@example.org"), "hosted: x@example.org");
	add_hosted(&f, scratch_write("hosted2", "exa mple\nexam!ple\n"));
	add_hosted(&f, "bad..name");
	add_hosted(&f, "/nonexistent/file");
	assert_null(forward_maps_load(f.arena, &f.settings, &f.problems));
	assert_int_equal(f.problems.errors, 3);
	assert_true(str_find(f.problems.items[0].text, STR("/hosted2:2:1: ")) > 0);
	arena_free(f.arena);
}

/* Any edit is noticed, also of a list and of a file that was missing. */
static void test_stale(void **state)
{
	struct fixture f;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "l: :include:%s, :include:%s\n", scratch_path("l1"),
	         scratch_path("l2"));
	scratch_write("l1", "a@x.example\n");
	unlink(scratch_path("l2"));
	start(&f);
	add_hosted(&f, scratch_write("hosted", "example.com\n"));
	add_map(&f, "aliases", "aliases", text);
	load(&f);
	assert_false(forward_maps_stale(f.loaded));
	scratch_write("l2", "");
	assert_true(forward_maps_stale(f.loaded));
	unlink(scratch_path("l2"));
	assert_false(forward_maps_stale(f.loaded));
	scratch_write("l1", "a@x.example, b\n");
	assert_true(forward_maps_stale(f.loaded));
	load(&f);
	assert_false(forward_maps_stale(f.loaded));
	/* As editors do it: a new file with the old one's name and size. */
	scratch_write("new", "example.org\n");
	rename(scratch_path("new"), scratch_path("hosted"));
	assert_true(forward_maps_stale(f.loaded));
	load(&f);
	unlink(scratch_path("hosted"));
	assert_true(forward_maps_stale(f.loaded));
	arena_free(f.arena);
}

static void test_address_domain(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(address_domain(arena, STR("a@Example.COM.")), "example.com");
	assert_str(address_domain(arena, STR("\"a@b\"@x.example")), "x.example");
	assert_str(address_domain(arena, STR("\"a@b\"")), "");
	assert_str(address_domain(arena, STR("joe")), "");
	assert_str(address_domain(arena, STR("joe@B\xc3\x9c"
	                                     "cher.Example")),
	           "xn--bcher-kva.example");
	assert_str(address_domain(arena, STR("joe@XN--bcher-kva.example")),
	           "xn--bcher-kva.example");
	assert_str(address_domain(arena, STR("joe@b\xff.example")), "b\xff.example");
	assert_str(address_domain(arena, STR("")), "");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virtual),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_whole_names),
		cmocka_unit_test(test_own_names),
		cmocka_unit_test(test_the_machine),
		cmocka_unit_test(test_aliases_at_own_names),
		cmocka_unit_test(test_what_may_be_rewritten),
		cmocka_unit_test(test_bare_targets),
		cmocka_unit_test(test_names_in_virtual_tables),
		cmocka_unit_test(test_targets_in_domains_of_keys),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_key_domains),
		cmocka_unit_test(test_many_destinations),
		cmocka_unit_test(test_kinds_of_domains),
		cmocka_unit_test(test_names_without_local_domains),
		cmocka_unit_test(test_hosted_file),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_address_domain),
	};

	return cmocka_run_group_tests_name("forward", tests, NULL, scratch_remove);
}
