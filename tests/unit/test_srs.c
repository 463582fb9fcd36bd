/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "forward/address.h"
#include "forward/srs.h"
#include "tests/unit/scratch.h"
#include "tests/unit/srs_settings.h"

#define NOW    INT64_C(1732284000)
#define DAY    86400
#define ROUNDS 2000

static uint32_t random_state = 12345;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static struct srs_settings make_settings(struct arena *arena)
{
	struct srs_settings settings = srs_default_settings();

	settings.domain = STR("srs.example.net");
	vec_push(arena, &settings.secrets, STR("tops3cr3t"));
	return settings;
}

static struct str random_word(struct arena *arena, const char *alphabet, uint32_t max)
{
	uint32_t len = 1 + next_random(max);
	char *text = arena_alloc(arena, len);

	for (uint32_t i = 0; i < len; i++)
		text[i] = alphabet[next_random((uint32_t)strlen(alphabet))];
	return (struct str){ text, len };
}

#define ATOM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
#define HOST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

static struct str random_address(struct arena *arena)
{
	struct str local = random_word(arena, ATOM, 70), host = random_word(arena, HOST, 30);

	return arena_printf(arena, "%.*s@%.*s.Example", STR_FMT(local), STR_FMT(host));
}

/* Local parts that need SMTPUTF8 or quotes, or are longer than RFC 5321 allows. */
static struct str awkward_address(struct arena *arena)
{
	static const char *const parts[] = {
		"j\xc3\xbcrgen", "\xd0\xb8\xd0\xb2", "=", "+", "-", "SRS0", "==", "/", ".x",
		"\xe4\xbe\x8b"
	};
	struct str local = STR("a"), host = next_random(2) == 0 ? STR("b\xc3\xbc"
	                                                              "cher.example")
	                                                        : STR("Plain.Example");
	uint32_t count = next_random(25);

	for (uint32_t i = 0; i < count; i++)
		local = arena_printf(arena, "%.*s%s", STR_FMT(local),
		                     parts[next_random(sizeof(parts) / sizeof(parts[0]))]);
	if (next_random(4) == 0)
		local = arena_printf(arena, "\"%.*s (at) \\\"\"", STR_FMT(local));
	return arena_printf(arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(host));
}

static struct str upper(struct arena *arena, struct str s)
{
	char *text = arena_cstr(arena, s);

	for (size_t i = 0; i < s.len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	return (struct str){ text, s.len };
}

/* Whatever is sent comes back, also where the MTA folded its case; nothing changed comes back. */
static void test_round_trip(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out, back;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct str in = random_address(arena), changed;
		size_t at;

		settings.separator = "=+-"[next_random(3)];
		settings.hash_length = 4 + next_random(22);
		settings.hash_min = settings.hash_length;
		assert_int_equal(srs_forward(arena, &settings, in, NOW, &out), SRS_REWRITTEN);
		assert_int_equal(srs_reverse(arena, &settings, out, NOW + DAY * 21, &back),
		                 SRS_REWRITTEN);
		assert_true(str_eq(back, in));
		assert_int_equal(
			srs_reverse(arena, &settings, arena_str_lower(arena, out), NOW, &back),
			SRS_REWRITTEN);
		assert_true(str_eq_ci(back, in));
		assert_int_equal(srs_reverse(arena, &settings, upper(arena, out), NOW, &back),
		                 SRS_REWRITTEN);
		assert_int_equal(srs_reverse(arena, &settings, out, NOW + DAY * 22, &back),
		                 SRS_EXPIRED);
		/* The clock of the host that wrote it was ahead. */
		assert_int_equal(srs_reverse(arena, &settings, out, NOW - DAY, &back),
		                 SRS_REWRITTEN);
		assert_int_equal(srs_reverse(arena, &settings, out, NOW - 2 * DAY, &back),
		                 SRS_EXPIRED);
		changed = arena_str(arena, out);
		at = 5 + next_random((uint32_t)(out.len - settings.domain.len - 6));
		((char *)changed.data)[at] = "a7"[char_lower(changed.data[at]) == 'a'];
		/* Sometimes that digit was the same already. */
		if (!str_eq_ci(changed, out))
			assert_true(srs_reverse(arena, &settings, changed, NOW, &back) >=
			            SRS_MALFORMED);
	}
	arena_free(arena);
}

static void test_awkward_round_trip(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out, back;
	unsigned slashes = 0, long_ones = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct str in = awkward_address(arena), local, domain;

		settings.separator = "=+-"[next_random(3)];
		settings.hash_length = 4 + next_random(23);
		assert_int_equal(srs_forward(arena, &settings, in, NOW, &out), SRS_REWRITTEN);
		assert_int_equal(srs_reverse(arena, &settings, out, NOW, &back), SRS_REWRITTEN);
		assert_str(back, arena_cstr(arena, in));
		/* ASCII alone loses its case on the way. */
		assert_int_equal(
			srs_reverse(arena, &settings, arena_str_lower(arena, out), NOW, &back),
			SRS_REWRITTEN);
		address_split(out, &local, &domain);
		long_ones += local.len > 64;
		slashes += str_find_char(str_prefix(local, 5 + settings.hash_length), '/') > 0;
	}
	assert_true(slashes > 100 && long_ones > 100);
	arena_free(arena);
}

/* Nobody without the secret makes one, whatever the hash. */
static void test_guesses_are_forged(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	unsigned lucky = 0;
	struct str back;

	(void)state;
	for (int i = 0; i < 20 * ROUNDS; i++) {
		struct str hash = random_word(arena, HOST "+/", 26);
		struct str address =
			arena_printf(arena, "SRS%u=%.*s=%s=client.example=joe@srs.example.net",
		                     next_random(2), STR_FMT(hash), i % 2 == 0 ? "2W" : "=");
		enum srs_result result = srs_reverse(arena, &settings, address, NOW, &back);

		lucky += result < SRS_MALFORMED;
		if (hash.len > 4)
			assert_true(result >= SRS_MALFORMED);
	}
	/* Four characters in any case: one guess in about a million. */
	assert_true(lucky <= 1);
	arena_free(arena);
}

static void test_own_domain_in_other_scripts(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out, back;

	(void)state;
	settings.domain = STR("srs.xn--bcher-kva.example");
	srs_forward(arena, &settings, STR("joe@client.example"), NOW, &out);
	assert_true(str_ends_ci(out, STR("@srs.xn--bcher-kva.example")));
	out = arena_printf(arena,
	                   "%.*s@SRS.b\xc3\xbc"
	                   "cher.example.",
	                   (int)str_rfind_char(out, '@'), out.data);
	assert_int_equal(srs_reverse(arena, &settings, out, NOW, &back), SRS_REWRITTEN);
	assert_str(back, "joe@client.example");
	assert_int_equal(srs_forward(arena, &settings, out, NOW, &back), SRS_UNCHANGED);
	arena_free(arena);
}

/* Values of libsrs2's algorithm, so that a mistake on both ways is seen without PostSRSd. */
static void test_known_values(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out;

	(void)state;
	settings.domain = STR("example.com");
	assert_int_equal(srs_forward(arena, &settings, STR("test@otherdomain.com"),
	                             INT64_C(1577836860), &out),
	                 SRS_REWRITTEN);
	assert_str(out, "SRS0=vmyz=2W=otherdomain.com=test@example.com");
	arena_free(arena);
}

static void test_untouched(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out;

	(void)state;
	assert_int_equal(srs_forward(arena, &settings, STR(""), NOW, &out), SRS_UNCHANGED);
	assert_str(out, "");
	assert_int_equal(srs_forward(arena, &settings, STR("a@SRS.example.net"), NOW, &out),
	                 SRS_UNCHANGED);
	assert_str(out, "a@SRS.example.net");
	assert_int_equal(srs_forward(arena, &settings, STR("nodomain"), NOW, &out), SRS_MALFORMED);
	assert_int_equal(srs_forward(arena, &settings, STR("@x.example"), NOW, &out),
	                 SRS_MALFORMED);
	arena_free(arena);
}

/* A forwarder after a forwarder after a forwarder: the first one gets the bounce. */
static void test_chain(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings first = make_settings(arena), second = make_settings(arena),
			    third = make_settings(arena);
	struct str one, two, three, back;

	(void)state;
	first.domain = STR("first.example");
	first.separator = '+';
	second.domain = STR("second.example");
	second.secrets.items[0] = STR("another");
	third.domain = STR("third.example");
	third.secrets.items[0] = STR("a third");
	srs_forward(arena, &first, STR("joe@origin.example"), NOW, &one);
	assert_true(str_starts(one, STR("SRS0+")));
	assert_int_equal(srs_forward(arena, &second, one, NOW, &two), SRS_REWRITTEN);
	assert_true(str_starts(two, STR("SRS1=")));
	assert_true(str_find(two, STR("=first.example=+")) > 0);
	assert_int_equal(srs_forward(arena, &third, two, NOW, &three), SRS_REWRITTEN);
	assert_true(str_find(three, STR("second.example")) < 0);
	assert_int_equal(srs_reverse(arena, &third, three, NOW, &back), SRS_REWRITTEN);
	assert_str(back, arena_cstr(arena, one));
	assert_int_equal(srs_reverse(arena, &third, arena_str_lower(arena, three), NOW, &back),
	                 SRS_REWRITTEN);
	assert_true(str_eq_ci(back, one));
	assert_int_equal(srs_reverse(arena, &second, two, NOW + 100 * DAY, &back), SRS_REWRITTEN);
	assert_str(back, arena_cstr(arena, one));
	assert_int_equal(srs_reverse(arena, &first, back, NOW, &back), SRS_REWRITTEN);
	assert_str(back, "joe@origin.example");
	assert_int_equal(srs_reverse(arena, &second, three, NOW, &back), SRS_NOT_SRS);
	third.domain = STR("second.example");
	assert_int_equal(srs_reverse(arena, &third, two, NOW, &back), SRS_FORGED);
	arena_free(arena);
}

static void test_rotation(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings before = make_settings(arena), after = make_settings(arena);
	struct str out, back;

	(void)state;
	after.secrets.items[0] = STR("new");
	vec_push(arena, &after.secrets, STR("tops3cr3t"));
	after.hash_length = 8;
	srs_forward(arena, &before, STR("a@b.example"), NOW, &out);
	assert_int_equal(srs_reverse(arena, &after, out, NOW, &back), SRS_REWRITTEN);
	after.hash_min = 5;
	assert_int_equal(srs_reverse(arena, &after, out, NOW, &back), SRS_FORGED);
	srs_forward(arena, &after, STR("a@b.example"), NOW, &out);
	assert_int_equal(srs_reverse(arena, &before, out, NOW, &back), SRS_FORGED);
	after.hash_min = 4;
	after.secrets.len = 1;
	assert_int_equal(srs_reverse(arena, &after, out, NOW, &back), SRS_REWRITTEN);
	arena_free(arena);
}

/* Nothing is made with a hash that anybody knows, and nothing judged by it. */
static void test_library_fails(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str first, second, out;

	(void)state;
	srs_forward(arena, &settings, STR("joe@client.example"), NOW, &first);
	srs_forward(arena, &settings, STR("SRS0=a=AB=c.example=joe@first.example"), NOW, &second);
	EVP_set_default_properties(NULL, "provider=none");
	assert_int_equal(srs_forward(arena, &settings, STR("joe@client.example"), NOW, &out),
	                 SRS_FAILED);
	assert_str(out, "joe@client.example");
	assert_int_equal(srs_forward(arena, &settings, STR("SRS0=a=AB=c.example=j@first.example"),
	                             NOW, &out),
	                 SRS_FAILED);
	assert_int_equal(srs_reverse(arena, &settings, first, NOW, &out), SRS_FAILED);
	assert_int_equal(srs_reverse(arena, &settings, second, NOW, &out), SRS_FAILED);
	/* What the constant hash would be. */
	assert_int_equal(srs_reverse(arena, &settings,
	                             STR("SRS0=AAAA=2W=c.example=j@srs.example.net"), NOW, &out),
	                 SRS_FAILED);
	/* Whatever needs no hash is known all the same. */
	assert_int_equal(srs_forward(arena, &settings, STR("x@srs.example.net"), NOW, &out),
	                 SRS_UNCHANGED);
	assert_int_equal(srs_reverse(arena, &settings, STR("x@srs.example.net"), NOW, &out),
	                 SRS_NOT_SRS);
	EVP_set_default_properties(NULL, "");
	assert_int_equal(srs_reverse(arena, &settings, first, NOW, &out), SRS_REWRITTEN);
	arena_free(arena);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *address;
		enum srs_result result;
	} cases[] = {
		{ "SRS0=@srs.example.net", SRS_MALFORMED },
		{ "SRS0=AAAA@srs.example.net", SRS_MALFORMED },
		{ "SRS0=AAAA=BB@srs.example.net", SRS_MALFORMED },
		{ "SRS0=AAAA=BB=host@srs.example.net", SRS_MALFORMED },
		{ "SRS0=AAAA=BB=host=@srs.example.net", SRS_MALFORMED },
		{ "SRS0=AAAA=BB=host=user@srs.example.net", SRS_FORGED },
		{ "SRS0==BB=host=user@srs.example.net", SRS_FORGED },
		{ "SRS1=AAAA=host@srs.example.net", SRS_MALFORMED },
		{ "SRS1=AAAA=host==x@srs.example.net", SRS_FORGED },
		{ "SRS2=AAAA=BB=host=user@srs.example.net", SRS_NOT_SRS },
		{ "SRS0@srs.example.net", SRS_NOT_SRS },
		{ "SRS0_x@srs.example.net", SRS_NOT_SRS },
		{ "joe@srs.example.net", SRS_NOT_SRS },
		{ "SRS0=AAAA=BB=host=user@other.example", SRS_NOT_SRS },
		{ "SRS0=AAAA=BB=host=user", SRS_NOT_SRS },
		{ "", SRS_NOT_SRS },
	};
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (srs_reverse(arena, &settings, str_from(cases[i].address), NOW, &out) !=
		    cases[i].result)
			fail_msg("%s", cases[i].address);
	arena_free(arena);
}

/* The fields are hashed one after the other, so a letter may change sides; it makes no day. */
static void test_stamps(void **state)
{
	static const char *const shifts[] = { "=JT=client", "=J=Tclient", "=JTc=lient",
		                              "==JTclient" };
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str made = STR(""), out;
	const int64_t now = INT64_C(1796014676);

	(void)state;
	srs_forward(arena, &settings, STR("joe@client.example"), now, &made);
	assert_true(str_find(made, str_from(shifts[0])) == 9);
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		struct str address = arena_printf(arena, "%.*s%s%.*s", 9, made.data, shifts[i],
		                                  (int)made.len - 19, made.data + 19);

		assert_int_equal(srs_reverse(arena, &settings, address, now, &out),
		                 i == 0 ? SRS_REWRITTEN : SRS_MALFORMED);
	}
	arena_free(arena);
}

static void test_too_long_to_be_ours(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str address, out;

	(void)state;
	for (int len = 1; len < 1000; len++) {
		address = arena_printf(arena, "SRS%d=%0*d=2W=c.example=j@srs.example.net", len % 2,
		                       len, 0);
		assert_int_equal(srs_reverse(arena, &settings, address, NOW, &out),
		                 address.len > 508 ? SRS_TOO_LONG : SRS_FORGED);
	}
	arena_free(arena);
}

static void test_odd_addresses(void **state)
{
	struct arena *arena = arena_new();
	struct srs_settings settings = make_settings(arena);
	struct str out, back, longest;

	(void)state;
	srs_forward(arena, &settings, STR("\"a b\\\"@c\"@x.example"), NOW, &out);
	assert_true(str_starts(out, STR("\"SRS0=")));
	assert_int_equal(srs_reverse(arena, &settings, out, NOW, &back), SRS_REWRITTEN);
	assert_str(back, "\"a b\\\"@c\"@x.example");
	srs_forward(arena, &settings,
	            STR("j\xc3\xbcrgen@b\xc3\xbc"
	                "cher.example"),
	            NOW, &out);
	assert_int_equal(srs_reverse(arena, &settings, out, NOW, &back), SRS_REWRITTEN);
	assert_str(back, "j\xc3\xbcrgen@b\xc3\xbc"
	                 "cher.example");
	longest = arena_printf(arena, "%0220d@x.example", 1);
	assert_int_equal(srs_forward(arena, &settings, longest, NOW, &out), SRS_TOO_LONG);
	longest = arena_printf(arena, "%0200d@x.example", 1);
	assert_int_equal(srs_forward(arena, &settings, longest, NOW, &out), SRS_REWRITTEN);
	assert_int_equal(srs_reverse(arena, &settings, out, NOW, &back), SRS_REWRITTEN);
	assert_true(str_eq(back, longest));
	arena_free(arena);
}

static void test_secrets_file(void **state)
{
	struct arena *arena = arena_new();
	struct str_list secrets = { 0 };
	struct error err;

	(void)state;
	chmod(scratch_write("secrets", "one\r\n\n two #2 \nthree"), 0600);
	assert_true(srs_read_secrets(arena, scratch_path("secrets"), &secrets, &err));
	assert_int_equal(secrets.len, 3);
	assert_str(secrets.items[0], "one");
	assert_str(secrets.items[1], " two #2 ");
	assert_str(secrets.items[2], "three");
	chmod(scratch_path("secrets"), 0640);
	assert_false(srs_read_secrets(arena, scratch_path("secrets"), &secrets, &err));
	assert_non_null(strstr(err.text, "its group may read it"));
	chmod(scratch_path("secrets"), 0604);
	assert_false(srs_read_secrets(arena, scratch_path("secrets"), &secrets, &err));
	secrets.len = 0;
	chmod(scratch_write("secrets", "\n"), 0600);
	assert_false(srs_read_secrets(arena, scratch_path("secrets"), &secrets, &err));
	assert_false(srs_read_secrets(arena, "/nonexistent/secrets", &secrets, &err));
	assert_false(srs_read_secrets(arena, "/dev", &secrets, &err));
	assert_non_null(strstr(err.text, "not a regular file"));
	arena_free(arena);
}

/* Against PostSRSd, where it is installed. */

struct postsrsd {
	pid_t pid;
	FILE *forward;
	FILE *reverse;
};

static FILE *connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct timeval limit = { .tv_sec = 10 };

		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return fdopen(fd, "r+");
		close(fd);
		usleep(20000);
	}
	return NULL;
}

static bool port_is_free(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_ANY) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool bound = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return bound;
}

/* Two in a row, below those that the system gives to clients; PostSRSd must be told which. */
static int free_ports(void)
{
	static int tries;

	for (int i = 0; i < 100; i++) {
		int port = 10000 + (getpid() * 7 + tries++ * 226) % 22000;

		if (port_is_free(port) && port_is_free(port + 1))
			return port;
	}
	fail_msg("no free port");
	return 0;
}

static bool start_postsrsd(struct postsrsd *p, char separator, int hash_length)
{
	int port = free_ports();
	char a[8], n[16], s[300], f[16], r[16];

	chmod(scratch_write("secret", "tops3cr3t\nold\n"), 0600);
	snprintf(a, sizeof(a), "-a%c", separator);
	snprintf(n, sizeof(n), "-n%d", hash_length);
	snprintf(s, sizeof(s), "-s%s", scratch_path("secret"));
	snprintf(f, sizeof(f), "-f%d", port);
	snprintf(r, sizeof(r), "-r%d", port + 1);
	p->pid = fork();
	if (p->pid == 0) {
		/* It forks for every connection. */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/sbin/postsrsd", "postsrsd", "-4", a, n, s, f, r, "-dsrs.example.net",
		      NULL);
		_exit(1);
	}
	p->forward = connect_to(port);
	p->reverse = connect_to(port + 1);
	return p->forward != NULL && p->reverse != NULL;
}

static void stop_postsrsd(struct postsrsd *p)
{
	fclose(p->forward);
	fclose(p->reverse);
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
}

/* A look-up in its TCP table, percent encoding both ways; "" for any failure. */
static struct str ask(struct arena *arena, FILE *stream, struct str key)
{
	struct str text = STR(""), answer;
	char line[4096];

	fprintf(stream, "get ");
	for (size_t i = 0; i < key.len; i++)
		fprintf(stream, "%%%02X", (unsigned char)key.data[i]);
	fprintf(stream, "\n");
	fflush(stream);
	if (fgets(line, sizeof(line), stream) == NULL || strncmp(line, "200 ", 4) != 0)
		return text;
	fseek(stream, 0, SEEK_CUR);
	answer = str_trim(str_from(line + 4));
	for (size_t i = 0; i < answer.len; i++) {
		char c = answer.data[i];

		if (c == '%' && i + 2 < answer.len) {
			c = (char)(char_hex_value(answer.data[i + 1]) * 16 +
			           char_hex_value(answer.data[i + 2]));
			i += 2;
		}
		text = arena_printf(arena, "%.*s%c", STR_FMT(text), c);
	}
	return text;
}

static void compare(const struct srs_settings *settings, struct postsrsd *p)
{
	struct arena *arena = arena_new();
	struct str in = random_address(arena), ours = STR(""), theirs, back;
	int64_t now = (int64_t)time(NULL);

	/* PostSRSd knows no quotes. */
	if (next_random(3) == 0) {
		in = awkward_address(arena);
		if (str_find_char(in, '"') >= 0)
			in = random_address(arena);
	}
	/* Sometimes one that was forwarded before. */
	if (next_random(4) == 0) {
		struct srs_settings other = make_settings(arena);

		/* PostSRSd takes what its own secret signed for its own, whatever the domain. */
		other.secrets.items[0] = STR("theirs");
		other.domain = STR("other.example");
		other.separator = "=+-"[next_random(3)];
		srs_forward(arena, &other, in, now, &in);
		other.domain = STR("third.example");
		if (next_random(2) == 0)
			srs_forward(arena, &other, in, now, &in);
	}
	theirs = ask(arena, p->forward, in);
	assert_int_equal(srs_forward(arena, settings, in, now, &ours), SRS_REWRITTEN);
	assert_str(ours, arena_cstr(arena, theirs));
	if (srs_reverse(arena, settings, theirs, now, &back) != SRS_REWRITTEN)
		fail_msg("%.*s of %.*s is not accepted", STR_FMT(theirs), STR_FMT(in));
	theirs = ask(arena, p->reverse, arena_str_lower(arena, ours));
	assert_true(theirs.len > 0 && str_eq_ci(theirs, back));
	arena_free(arena);
}

static void test_postsrsd(void **state)
{
	static const char separators[] = "=+-";

	(void)state;
	if (access("/usr/sbin/postsrsd", X_OK) != 0)
		skip();
	for (int i = 0; i < 3; i++) {
		struct arena *arena = arena_new();
		struct srs_settings settings = make_settings(arena);
		struct postsrsd p;

		settings.separator = separators[i];
		settings.hash_length = 4 + 4 * (unsigned)i;
		assert_true(start_postsrsd(&p, separators[i], (int)settings.hash_length));
		for (int round = 0; round < 200; round++)
			compare(&settings, &p);
		stop_postsrsd(&p);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_awkward_round_trip),
		cmocka_unit_test(test_guesses_are_forged),
		cmocka_unit_test(test_own_domain_in_other_scripts),
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_library_fails),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_too_long_to_be_ours),
		cmocka_unit_test(test_odd_addresses),
		cmocka_unit_test(test_secrets_file),
		cmocka_unit_test(test_postsrsd),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("srs", tests, NULL, scratch_remove);
}
