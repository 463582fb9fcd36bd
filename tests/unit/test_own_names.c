/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include "forward/own_names.h"
#include "tests/unit/scratch.h"

static struct arena *arena;

static const struct own_names *find(const char *host, const char *hosts, const char *resolv)
{
	struct str_list names = { 0 };

	return own_names_find_in(arena, &names, str_from(host), scratch_write("hosts", hosts),
	                         scratch_write("resolv", resolv));
}

static enum own_answer answer(const struct own_names *own, const char *domain)
{
	return own_names_answer(own, str_from(domain), STR(""));
}

/* Debian's way: the host's names stand beside 127.0.1.1; other names there are not the host's. */
static void test_hosts_on_the_loopback(void **state)
{
	const struct own_names *own = find("mx",
	                                   "# comment\n127.0.0.1 localhost\n"
	                                   "127.0.1.1\tmx.example.net mx # me.example.org\n"
	                                   "127.0.0.1 ads.example blocked.example\n"
	                                   "192.0.2.77 other.example\nnonsense\n\n",
	                                   "");

	(void)state;
	assert_int_equal(answer(own, "mx.example.net"), OWN_YES);
	assert_int_equal(answer(own, "mx"), OWN_YES);
	assert_int_equal(answer(own, "example.net"), OWN_PERHAPS);
	assert_int_equal(answer(own, "me.example.org"), OWN_NO);
	assert_int_equal(answer(own, "ads.example"), OWN_NO);
	assert_int_equal(answer(own, "other.example"), OWN_NO);
}

/* All names of an address of an interface, as Sendmail takes them. */
static void test_hosts_on_an_interface(void **state)
{
	const struct own_names *own;
	struct ifaddrs *list;
	char text[400] = "";

	(void)state;
	assert_int_equal(getifaddrs(&list), 0);
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		char address[INET6_ADDRSTRLEN];
		struct in_addr v4;

		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET)
			continue;
		v4 = ((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr;
		if (ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET)
			continue;
		inet_ntop(AF_INET, &v4, address, sizeof(address));
		snprintf(text, sizeof(text), "%s www.example.net WWW2.example.net\n", address);
	}
	freeifaddrs(list);
	if (text[0] == '\0')
		skip();
	own = find("mx.example.org", text, "");
	assert_int_equal(answer(own, "www.example.net"), OWN_YES);
	assert_int_equal(answer(own, "www2.example.net"), OWN_YES);
	assert_int_equal(answer(own, "www3.example.net"), OWN_NO);
}

/* The search list completes a short name, but no other. */
static void test_search_domains(void **state)
{
	static const char resolv[] = "nameserver 192.0.2.1\nsearch one.example two.example\n"
				     "domain three.example\n";
	const struct own_names *own = find("mx", "", resolv);

	(void)state;
	assert_int_equal(answer(own, "mx.one.example"), OWN_YES);
	assert_int_equal(answer(own, "mx.two.example"), OWN_YES);
	assert_int_equal(answer(own, "mx.three.example"), OWN_YES);
	assert_int_equal(answer(own, "two.example"), OWN_PERHAPS);
	assert_int_equal(answer(own, "a.two.example"), OWN_NO);
	own = find("mx.example.org", "", resolv);
	assert_int_equal(answer(own, "mx.example.org"), OWN_YES);
	assert_int_equal(answer(own, "mx.one.example"), OWN_NO);
	assert_int_equal(answer(own, "two.example"), OWN_NO);
	own = own_names_find_in(arena, &(struct str_list){ 0 }, STR(""), "/nonexistent",
	                        "/nonexistent");
	assert_int_equal(answer(own, "localhost"), OWN_YES);
	assert_int_equal(answer(own, "mx.one.example"), OWN_NO);
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts_on_the_loopback, begin, end),
		cmocka_unit_test_setup_teardown(test_hosts_on_an_interface, begin, end),
		cmocka_unit_test_setup_teardown(test_search_domains, begin, end),
	};

	return cmocka_run_group_tests_name("own_names", tests, NULL, scratch_remove);
}
