/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands report, lookup and srs as users call them: ./assay in the build directory. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/shown.h"
#include "store/store.h"
#include "tests/unit/scratch.h"

static char output[8192];

/* What `assay ARGUMENTS` prints; its exit status. */
static int run(const char *arguments)
{
	char command[sizeof(output) + 1100];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command), "TZ=UTC ./assay %s 2>&1", arguments);
	pipe = popen(command, "r");
	len = fread(output, 1, sizeof(output) - 1, pipe);
	output[len] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static int report(const char *arguments)
{
	char text[512];

	snprintf(text, sizeof(text), "report %s --store sqlite:%s", arguments,
	         scratch_path("records"));
	return run(text);
}

static void assert_output(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("\"%s\" is not in:\n%s", text, output);
}

static struct record example(const char *queue_id, const char *sender, int32_t score)
{
	return (struct record){
		.kind = RECORD_DISCARDED,
		.time_us = ((int64_t)time(NULL) - 60) * 1000000,
		.scan_id = "scan0000000000a1",
		.queue_id = queue_id,
		.message_id = "m1@client.example",
		.sender = sender,
		.recipient = "recipient@hosted.example",
		.destination = "somebody@aol.example",
		.score = score,
		.threshold = 6000,
		.client_ip = "192.0.2.1",
		.rules = "GTUBE=1000,NO_SUCH_RULE=-1.5",
		.size = 4321,
	};
}

static int write_records(void **state)
{
	struct record r[7] = {
		example("Q1", "chancei@ambienttech.example", 18200),
		example("Q2", "charlenehipes@asamoacpa.example", 28460),
		example("Q3", "chancei@ambienttech.example", 18200),
		example("Q4", "old@client.example", 9000),
		example("Q5", "", 7000),
		example("Q6", "x@client.example", 0),
		example("Q7", "dry@client.example", 6500),
	};
	char uri[300];
	struct error err;
	struct store *store;
	bool ok;

	(void)state;
	r[3].time_us -= 25 * 3600 * INT64_C(1000000);
	r[4].kind = RECORD_DELIVERED;
	r[4].destination = "";
	r[4].tagged = 1;
	r[5].kind = RECORD_REJECTED;
	r[6].kind = RECORD_OBSERVED;
	snprintf(uri, sizeof(uri), "sqlite:%s", scratch_path("records"));
	store = store_open(uri, &err);
	ok = store != NULL && store_write(store, r, 7, &err);
	store_close(store);
	return ok ? 0 : -1;
}

static void test_discards(void **state)
{
	(void)state;
	assert_int_equal(report("forwarded-discards"), 0);
	assert_string_equal(output, "To: somebody@aol.example\n"
	                            "recipient@hosted.example\n"
	                            " 2  18.2  chancei@ambienttech.example\n"
	                            " 1  28.5  charlenehipes@asamoacpa.example\n");
	assert_int_equal(report("forwarded-discards --since all --account @hosted.example"), 0);
	assert_output("recipient@hosted.example");
	assert_int_equal(
		report("forwarded-discards --since all --account '<recipient@hosted.example>'"), 0);
	assert_output("recipient@hosted.example");
	assert_int_equal(report("forwarded-discards --since all --to '<somebody@aol.example>,'"),
	                 0);
	assert_output("recipient@hosted.example");
	/* What names nothing asks for nothing, and not for everybody's mail. */
	assert_int_equal(report("forwarded-discards --since all --account ''"), 64);
	assert_int_equal(report("forwarded-discards --since all --account @"), 64);
	assert_int_equal(report("message '<>'"), 64);
	assert_int_equal(report("message '<m1@client.example>'"), 0);
	assert_output("Q2");
	assert_int_equal(report("message Q2:"), 0);
	assert_int_equal(report("forwarded-discards --since all --account hosted.example"), 0);
	assert_output(" 1   9.0  old@client.example\n");
	assert_int_equal(report("forwarded-discards --to yahoo.example"), 0);
	assert_string_equal(output, "assay report: nothing to report of forwarded-discards, with "
	                            "--since 24h\n");
}

/* What `observe` let pass is no drop, and has a report of its own. */
static void test_observed(void **state)
{
	(void)state;
	assert_int_equal(report("forwarded-discards --observed"), 0);
	assert_string_equal(output, "To: somebody@aol.example\n"
	                            "recipient@hosted.example\n"
	                            " 1   6.5  dry@client.example\n");
	assert_int_equal(report("forwarded-discards --observed --json"), 0);
	assert_output("\"action\":\"observed\"");
	assert_int_equal(report("deliveries"), 0);
	assert_output("observed     6.5  dry@client.example  recipient@hosted.example -> ");
	assert_int_equal(report("message Q7"), 0);
	assert_output("score        6.5, would have been dropped from 6 on\n");
	assert_int_equal(report("tagged --observed"), 64);
}

static void test_json(void **state)
{
	(void)state;
	assert_int_equal(report("forwarded-discards --json --to somebody@aol.example"), 0);
	assert_output("\"queue_id\":\"Q2\",\"message_id\":\"m1@client.example\","
	              "\"sender\":\"charlenehipes@asamoacpa.example\","
	              "\"recipient\":\"recipient@hosted.example\","
	              "\"destination\":\"somebody@aol.example\",\"score\":28.46,"
	              "\"threshold\":6.0,\"client\":\"192.0.2.1\"");
	assert_output("{\"name\":\"NO_SUCH_RULE\",\"score\":-1.5}");
}

static void test_other_reports(void **state)
{
	(void)state;
	assert_int_equal(report("tagged"), 0);
	assert_output("delivered    7.0 tagged  <>  recipient@hosted.example\n");
	assert_int_equal(report("deliveries --since 10s"), 0);
	assert_string_equal(output,
	                    "assay report: nothing to report of deliveries, with --since 10s\n");
	assert_int_equal(report("rejects"), 0);
	assert_string_equal(output, "      1  rejected      hosted.example\n");
	assert_int_equal(report("message Q2"), 0);
	assert_output("discarded\n");
	assert_output("score        28.46, dropped from 6 on\n");
	assert_output("-1.5  NO_SUCH_RULE\n");
	assert_int_equal(report("message scan0000000000a1 --json"), 0);
	assert_int_equal(report("message nothing"), 1);
	assert_output("no record of \"nothing\"");
}

/* Every rule with what it means, where the rules are at hand. */
static void test_message_with_rules(void **state)
{
	char conf[400], arguments[600];

	(void)state;
	scratch_write("rules.cf", "body GTUBE /unwanted/\nscore GTUBE 1000\n"
	                          "describe GTUBE The \"test\" of all\n");
	snprintf(conf, sizeof(conf), "rules %s\n", scratch_path("rules.cf"));
	snprintf(arguments, sizeof(arguments), "message Q2 -c %s",
	         scratch_write("rules.conf", conf));
	assert_int_equal(report(arguments), 0);
	assert_output("GTUBE                        The \"test\" of all\n");
	strcat(arguments, " --json");
	assert_int_equal(report(arguments), 0);
	assert_output("\"action\":\"discarded\"");
	assert_output("\"score\":28.46,\"threshold\":6.0");
	assert_output("\"rules\":[{\"name\":\"GTUBE\",\"score\":1000.0,"
	              "\"description\":\"The \\\"test\\\" of all\"},"
	              "{\"name\":\"NO_SUCH_RULE\",\"score\":-1.5,\"description\":\"\"}]}\n");
}

/* What would move the cursor, change colours, or turn letters around. */
#define HOSTILE                                                                                    \
	"\xc2\x9b"                                                                                 \
	"2J\x1b[7m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\x7f"

static void assert_harmless(void)
{
	struct str rest = str_from(output);

	assert_true(rest.len > 0);
	while (rest.len > 0) {
		size_t step = rest.data[0] == '\n' ? 1 : shown_char_len(rest);

		if (step == 0)
			fail_msg("\"%.20s\" is in:\n%s", rest.data, output);
		rest = str_from_offset(rest, step);
	}
}

static void test_hostile_texts(void **state)
{
	static const char *const reports[] = { "forwarded-discards", "deliveries", "rejects",
		                               "message HOSTILE", "message none" HOSTILE };
	struct record r[3];
	struct error err;
	struct store *store;
	char uri[300], arguments[400];

	(void)state;
	for (int i = 0; i < 3; i++) {
		r[i] = example("HOSTILE", "s" HOSTILE "@client.example", 9000);
		r[i].message_id = "id" HOSTILE;
		r[i].recipient = "r" HOSTILE "@" HOSTILE ".example";
		r[i].destination = "d" HOSTILE "@aol.example";
		r[i].client_name = "n" HOSTILE;
	}
	r[1].kind = RECORD_DELIVERED;
	r[2].kind = RECORD_REJECTED;
	snprintf(uri, sizeof(uri), "sqlite:%s", scratch_path("hostile"));
	store = store_open(uri, &err);
	assert_non_null(store);
	assert_true(store_write(store, r, 3, &err));
	store_close(store);
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		snprintf(arguments, sizeof(arguments), "report '%s' --store %s", reports[i], uri);
		if (strstr(reports[i], "message ") == reports[i])
			snprintf(arguments, sizeof(arguments), "report message '%s' --store %s",
			         reports[i] + 8, uri);
		run(arguments);
		assert_harmless();
		strcat(arguments, " --json");
		run(arguments);
		assert_harmless();
	}
	run("lookup 'a" HOSTILE "@b.example'");
	assert_harmless();
	run("report 'x" HOSTILE "'");
	assert_harmless();
	snprintf(arguments, sizeof(arguments), "report message HOSTILE --json --store %s", uri);
	assert_int_equal(run(arguments), 0);
	assert_output("\"sender\":\"s\\u009b2J\\u001b[7m\\u202e\\u2066\\u061c\\u007f@client");
}

static void test_usage(void **state)
{
	(void)state;
	assert_int_equal(report("forwarded-discard"), 64);
	assert_output("did you mean \"forwarded-discards\"?");
	assert_int_equal(report("message"), 64);
	assert_int_equal(report("tagged --since yesterday"), 64);
	assert_int_equal(report("tagged --since 2026-02-30"), 64);
	assert_output("\"2026-02-30\"");
	assert_int_equal(report("tagged --no-such"), 64);
	assert_int_equal(run("report tagged --store sqlite:/nonexistent/db"), 74);
	assert_output("/nonexistent/db: ");
	assert_int_equal(run("report --help"), 0);
	assert_int_equal(run("lookup"), 64);
	assert_int_equal(run("srs sideways a@b.example"), 64);
	assert_int_equal(run("srs forward"), 64);
}

/* A new record is there within a second. */
static void test_follow(void **state)
{
	struct record record = example("NEW", "new@client.example", 9000);
	char command[600], uri[300];
	struct error err;
	struct store *store;
	FILE *pipe;

	(void)state;
	snprintf(uri, sizeof(uri), "sqlite:%s", scratch_path("records"));
	snprintf(command, sizeof(command),
	         "timeout 5 ./assay report forwarded-discards --json --follow --since 1s "
	         "--store %s",
	         uri);
	pipe = popen(command, "r");
	nanosleep(&(struct timespec){ 1, 0 }, NULL);
	store = store_open(uri, &err);
	assert_true(store_write(store, &record, 1, &err));
	store_close(store);
	assert_non_null(fgets(output, sizeof(output), pipe));
	assert_output("\"queue_id\":\"NEW\"");
	assert_null(fgets(output, sizeof(output), pipe));
	assert_int_equal(WEXITSTATUS(pclose(pipe)), 124);
}

static void test_lookup(void **state)
{
	char conf[1024], command[1024];

	(void)state;
	scratch_write("virtual", "# forwards\njoe@hosted.example joe@aol.example,\n"
	                         "  box@hosted.example, dry@dry.example\n");
	scratch_write("aliases", "root: ann@aol.example\n");
	scratch_write("customers", "# their MX are we\ncustomer.example\n");
	snprintf(conf, sizeof(conf),
	         "hosted_domains hosted.example other.example\nrelayed_domains %s\n"
	         "hostname mx.example.net\n"
	         "forward_map texthash:%s\nforward_map aliases:%s\n"
	         "[destination aol.example]\nforward_discard_score 7.5\n"
	         "[destination dry.example]\nobserve\n",
	         scratch_path("customers"), scratch_path("virtual"), scratch_path("aliases"));
	snprintf(command, sizeof(command),
	         "lookup -c %s joe@hosted.example x@y.example a@customer.example "
	         "new@hosted.example root@hosted.example a@mx.example.net",
	         scratch_write("assay.conf", conf));
	assert_int_equal(run(command), 0);
	assert_output("joe@hosted.example: both: ");
	assert_output("  joe@aol.example  external, dropped from 7.5 on  (");
	assert_output("/virtual:2)\n");
	assert_output("  box@hosted.example  mailbox  (");
	assert_output("  dry@dry.example  external, only observed from 6 on  (");
	assert_output("x@y.example: unknown: ");
	assert_output("a@customer.example: relayed: delivered by another host, but not forwarded\n"
	              "  (relayed_domains, ");
	assert_output("/customers:2)\n");
	assert_output("  new@hosted.example  mailbox  (hosted_domains)\n");
	assert_output("  a@mx.example.net  mailbox  (hostname)\n");
	assert_output("  ann@aol.example  external, dropped from 7.5 on  (");
	assert_output("nothing is dropped: a name in a table decides, which may hold in another "
	              "domain only; set local_domains\n");
}

static void test_srs(void **state)
{
	char options[512], command[sizeof(output) + 1024];

	(void)state;
	chmod(scratch_write("secret", "tops3cr3t\n"), 0600);
	snprintf(options, sizeof(options), "-c %s --domain srs.example --secret-file %s",
	         scratch_write("empty.conf", ""), scratch_path("secret"));
	snprintf(command, sizeof(command), "srs forward %s joe@client.example ''", options);
	assert_int_equal(run(command), 0);
	assert_output("=client.example=joe@srs.example\n<>\n");
	*strchr(output, '\n') = '\0';
	snprintf(command, sizeof(command), "srs reverse %s %s", options, output);
	assert_int_equal(run(command), 0);
	assert_string_equal(output, "joe@client.example\n");
	snprintf(command, sizeof(command), "srs reverse %s SRS0=aaaa=AA=b.example=c@srs.example",
	         options);
	assert_int_equal(run(command), 65);
	assert_output("was not made here");
	snprintf(command, sizeof(command), "srs forward -c %s a@b.example",
	         scratch_path("empty.conf"));
	assert_int_equal(run(command), 78);
	assert_output("srs_domain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discards),
		cmocka_unit_test(test_observed),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_other_reports),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_message_with_rules),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_srs),
	};

	return cmocka_run_group_tests_name("report_command", tests, write_records, scratch_remove);
}
