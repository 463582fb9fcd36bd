/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "scoring/verdict.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct policy policy;
static struct envelope envelope;
static struct verdict_input input;
static struct front *front;
static struct seal_recipients sealed;
static const struct seal_key key = { "0123456789abcdef", 16 };
static struct problems problems;

static const char virtual_map[] = "joe@hosted.example joe@aol.example\n"
				  "both@hosted.example both@hosted.example, both@aol.example\n"
				  "two@hosted.example two@aol.example two@kept.example\n"
				  "dry@hosted.example dry@dry.example\n"
				  "half@hosted.example x@aol.example x@dry.example\n"
				  "drybox@hosted.example drybox@hosted.example x@dry.example\n"
				  "host@hosted.example x@mx1.outside.example\n"
				  "drykept@hosted.example x@kept.example x@dry.example\n";

static void load_maps(void)
{
	struct forward_settings settings = { .delimiters = STR("+") };

	vec_push(arena, &settings.maps,
	         arena_printf(arena, "texthash:%s", scratch_write("virtual", virtual_map)));
	vec_push(arena, &settings.hosted_domains, STR("hosted.example"));
	policy.forward_maps = forward_maps_load(arena, &settings, &problems);
	assert_non_null(policy.forward_maps);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	policy = (struct policy){ 0 };
	settings_init(&policy.settings, arena);
	assert_true(settings_parse(&policy.settings, arena,
	                           STR("[recipient strict.example]\nrequired_score 3\n"
	                               "[recipient lax.example]\nrequired_score 9\n"
	                               "[recipient off.example]\nenabled no\n"
	                               "[recipient junk.example]\nsubject_tag \"[JUNK] \"\n"
	                               "[recipient plain.example]\nrewrite_subject no\n"
	                               "[destination kept.example]\nkeep\n"
	                               "[destination dry.example]\nobserve\n"
	                               "forward_discard_score 7\n"
	                               "[destination low.example]\nforward_discard_score 5.5\n"),
	                           "t", &problems));
	load_maps();
	envelope = (struct envelope){ 0 };
	input = (struct verdict_input){ .policy = &policy,
		                        .envelope = &envelope,
		                        .droppable = true };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void add_recipient(const char *address, const char *original)
{
	struct envelope_recipient recipient = { .address = str_from(address),
		                                .original = str_from(original) };

	vec_push(arena, &envelope.recipients, recipient);
}

static void on_the_hop(void)
{
	front = origin_front(arena);
	input.front = front;
}

/* The hop, with a seal that names these, of which a client gave the ORCPT after a "/", and which
 * the MTA resolved to what follows a "=". */
static void sealed_for(const char *addresses)
{
	struct str rest = str_from(addresses), word;
	struct envelope_recipients list = { 0 };

	on_the_hop();
	while (str_next_word(&rest, &word)) {
		struct envelope_recipient *recipient = vec_add(arena, &list);
		struct str resolved = word;

		if (str_next_piece(&resolved, '=', &word))
			recipient->resolved = resolved;
		recipient->original = word;
		str_next_piece(&recipient->original, '/', &recipient->address);
	}
	assert_true(seal_recipients_gather(arena, &key, &list, &sealed));
	front->key = &key;
	front->recipients = &sealed;
}

static const struct verdict *decide(int32_t score)
{
	input.score = score;
	input.floor = score;
	return verdict_decide(arena, &input);
}

static void test_greater_is_tagged(void **state)
{
	(void)state;
	add_recipient("x@hosted.example", NULL);
	assert_int_equal(decide(5000)->action, VERDICT_PASS);
	assert_int_equal(decide(5001)->action, VERDICT_TAG);
	assert_str(decide(5001)->subject_tag, "[SPAM] ");
	assert_int_equal(decide(900000)->action, VERDICT_TAG);
}

static void test_all_thresholds_must_agree(void **state)
{
	(void)state;
	add_recipient("x@strict.example", NULL);
	assert_true(decide(3001)->tag);
	add_recipient("x@lax.example", NULL);
	assert_false(decide(9000)->tag);
	assert_int_equal(decide(9000)->required, 9000);
	assert_true(decide(9001)->tag);
	add_recipient("x@off.example", NULL);
	assert_false(decide(9001)->tag);
	assert_true(decide(9001)->over);
}

static void test_tags_of_recipients(void **state)
{
	(void)state;
	add_recipient("x@junk.example", NULL);
	assert_str(decide(6000)->subject_tag, "[JUNK] ");
	add_recipient("x@hosted.example", NULL);
	assert_str(decide(6000)->subject_tag, "[SPAM] ");
	envelope.recipients.len = 0;
	add_recipient("x@plain.example", NULL);
	assert_true(decide(6000)->tag);
	assert_str(decide(6000)->subject_tag, "");
	/* Whoever wants his Subject as it was gets it so, wherever he stands among the others. */
	add_recipient("x@hosted.example", NULL);
	assert_str(decide(6000)->subject_tag, "");
	add_recipient("x@junk.example", NULL);
	assert_str(decide(6000)->subject_tag, "");
	envelope.recipients.len = 0;
	add_recipient("x@hosted.example", NULL);
	add_recipient("x@hosted.example", NULL);
	add_recipient("x@plain.example", NULL);
	assert_str(decide(6000)->subject_tag, "");
	assert_true(decide(6000)->tag);
}

/* What the record of a delivery states is the threshold of that recipient. */
static void test_thresholds_of_deliveries(void **state)
{
	const struct verdict *verdict;

	(void)state;
	add_recipient("x@strict.example", NULL);
	add_recipient("x@lax.example", NULL);
	add_recipient("joe@hosted.example", NULL);
	verdict = decide(5500);
	assert_int_equal(verdict->recipients[0].threshold, 3000);
	assert_int_equal(verdict->recipients[1].threshold, 9000);
	assert_int_equal(verdict->recipients[2].threshold, 5000);
	verdict = decide(6000);
	assert_int_equal(verdict->recipients[2].threshold, 6000);
	input.droppable = false;
	assert_int_equal(decide(6000)->recipients[2].threshold, 5000);
	/* On the hop it is that of the hosted recipient. */
	sealed_for("x@lax.example");
	envelope.recipients.len = 0;
	add_recipient("x@aol.example", NULL);
	assert_int_equal(decide(6000)->recipients[0].threshold, 9000);
}

static void test_quiet_clients_are_not_tagged(void **state)
{
	(void)state;
	input.quiet = true;
	add_recipient("x@hosted.example", NULL);
	assert_int_equal(decide(50000)->action, VERDICT_PASS);
	assert_true(decide(50000)->over);
}

static void test_forwards_at_the_front(void **state)
{
	(void)state;
	add_recipient("joe@hosted.example", NULL);
	assert_int_equal(decide(5999)->action, VERDICT_TAG);
	assert_int_equal(decide(6000)->action, VERDICT_DROP);
	assert_str(decide(6000)->recipients[0].destination, "joe@aol.example");
	assert_int_equal(decide(6000)->recipients[0].threshold, 6000);
	assert_string_equal(decide(6000)->recipients[0].threshold_from, "default");
	/* Of what goes on it is known, too, where it goes. */
	assert_str(decide(5999)->recipients[0].destination, "joe@aol.example");
	assert_int_equal(decide(5999)->recipients[0].threshold, 5000);
	add_recipient("anna@hosted.example", NULL);
	assert_int_equal(decide(6000)->action, VERDICT_PARTIAL);
	assert_false(decide(6000)->recipients[1].drop);
	input.droppable = false;
	assert_int_equal(decide(6000)->action, VERDICT_TAG);
}

static void test_a_mailbox_behind_a_forward_is_never_dropped(void **state)
{
	(void)state;
	add_recipient("both@hosted.example", NULL);
	assert_int_equal(decide(60000)->action, VERDICT_TAG);
	assert_true(decide(60000)->hint.len > 0);
	envelope.recipients.len = 0;
	add_recipient("two@hosted.example", NULL);
	assert_int_equal(decide(60000)->action, VERDICT_TAG);
	envelope.recipients.len = 0;
	add_recipient("unknown@elsewhere.example", NULL);
	assert_int_equal(decide(60000)->action, VERDICT_TAG);
	assert_int_equal(decide(60000)->hint.len, 0);
}

/* A table that can't be asked is no reason to drop, and the operator hears of it. */
static void test_what_is_not_certain_is_kept(void **state)
{
	struct forward_settings settings = { .delimiters = STR("+") };
	const char *path = scratch_write("aliases", "joe: joe@aol.example\n");

	(void)state;
	vec_push(arena, &settings.hosted_domains, STR("hosted.example"));
	vec_push(arena, &settings.hosted_domains, STR("box.example"));
	vec_push(arena, &settings.maps, arena_printf(arena, "aliases:%s", path));
	policy.forward_maps = forward_maps_load(arena, &settings, &problems);
	add_recipient("joe@hosted.example", NULL);
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_true(str_find(decide(9000)->hint, STR("set local_domains")) > 0);
	settings.maps.items[0] = STR("redis://:secret@127.0.0.1:1/0/virt");
	policy.forward_maps = forward_maps_load(arena, &settings, &problems);
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_str(decide(9000)->hint, "nothing for <joe@hosted.example> is dropped: forward_map "
	                               "redis://127.0.0.1:1/0/virt gives no answer");
	assert_int_equal(decide(5999)->hint.len, 0);
}

/* A table that has just been changed, or whose index is older, is not the one that the MTA has. */
static void test_nothing_is_dropped_on_old_tables(void **state)
{
	const char *path = scratch_path("virtual");
	struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	(void)state;
	add_recipient("joe@hosted.example", NULL);
	assert_int_equal(decide(9000)->action, VERDICT_DROP);
	scratch_write("virtual.db", "");
	assert_int_equal(utimensat(AT_FDCWD, scratch_path("virtual.db"), times, 0), 0);
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_true(str_find(decide(9000)->hint, STR("newer than its index")) > 0);
	assert_int_equal(decide(5999)->hint.len, 0);
	scratch_write("virtual.db", "");
	assert_int_equal(decide(9000)->action, VERDICT_DROP);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_true(str_find(decide(9000)->hint, STR("just been changed")) > 0);
	unlink(scratch_path("virtual.db"));
}

/* Whatever the MTA calls itself is here. */
static void test_the_name_of_the_mta_is_ours(void **state)
{
	(void)state;
	add_recipient("host@hosted.example", NULL);
	assert_int_equal(decide(9000)->action, VERDICT_DROP);
	envelope.host = STR("MX1.Outside.example.");
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_int_equal(decide(9000)->recipients[0].class, RECIPIENT_HOSTED);
	/* Its parent may be. */
	envelope.host = STR("a.mx1.outside.example");
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	envelope.host = STR("mx2.outside.example");
	assert_int_equal(decide(9000)->action, VERDICT_DROP);
}

/* Tables and settings may write a domain in its own script or as A-labels. */
static void test_international_destinations(void **state)
{
	(void)state;
	assert_true(settings_parse(&policy.settings, arena,
	                           STR("[destination b\xc3\xbc"
	                               "cher.example]\nforward_discard_score 2\n"),
	                           "t", &problems));
	sealed_for("joe@hosted.example");
	add_recipient("a@xn--bcher-kva.example", "joe@hosted.example");
	assert_true(decide(2000)->recipients[0].drop);
	envelope.recipients.items[0].address = STR("a@B\xc3\x9c"
	                                           "cher.example.");
	assert_true(decide(2000)->recipients[0].drop);
}

static void test_a_dry_run_at_the_front(void **state)
{
	const struct verdict *verdict;

	(void)state;
	add_recipient("dry@hosted.example", NULL);
	assert_false(decide(6999)->recipients[0].observe);
	verdict = decide(7000);
	assert_int_equal(verdict->action, VERDICT_TAG);
	assert_true(verdict->recipients[0].observe);
	assert_false(verdict->recipients[0].drop);
	assert_str(verdict->recipients[0].destination, "dry@dry.example");
	assert_int_equal(verdict->recipients[0].threshold, 7000);
	add_recipient("joe@hosted.example", NULL);
	add_recipient("half@hosted.example", NULL);
	add_recipient("drybox@hosted.example", NULL);
	add_recipient("drykept@hosted.example", NULL);
	verdict = decide(9000);
	assert_int_equal(verdict->action, VERDICT_PARTIAL);
	assert_true(verdict->recipients[1].drop);
	assert_false(verdict->recipients[1].observe);
	/* One of two is observed: the drop of both is. */
	assert_true(verdict->recipients[2].observe);
	assert_false(verdict->recipients[2].drop);
	assert_str(verdict->recipients[2].destination, "x@dry.example");
	/* These would not have been dropped anyway. */
	assert_false(verdict->recipients[3].observe);
	assert_false(verdict->recipients[4].observe);
	input.droppable = false;
	assert_false(decide(9000)->recipients[0].observe);
}

static void test_a_dry_run_on_the_hop(void **state)
{
	const struct verdict *verdict;

	(void)state;
	sealed_for("dry@hosted.example joe@hosted.example");
	add_recipient("x@dry.example", "dry@hosted.example");
	add_recipient("x@aol.example", "joe@hosted.example");
	add_recipient("x@kept.example", "joe@hosted.example");
	verdict = decide(9000);
	assert_int_equal(verdict->action, VERDICT_PARTIAL);
	assert_true(verdict->recipients[0].observe);
	assert_false(verdict->recipients[0].drop);
	assert_true(verdict->recipients[1].drop);
	assert_false(verdict->recipients[2].observe || verdict->recipients[2].drop);
	assert_true(decide(6999)->recipients[1].drop);
	assert_false(decide(6999)->recipients[0].observe);
}

/* It is recorded where it leaves, once. */
static void test_the_hop_observes_and_not_the_front(void **state)
{
	(void)state;
	assert_true(settings_parse(&policy.settings, arena, STR("[daemon FORWARD]\nrole forward\n"),
	                           "t", &problems));
	add_recipient("dry@hosted.example", NULL);
	assert_false(decide(9000)->recipients[0].observe);
}

static void test_the_hop(void **state)
{
	(void)state;
	sealed_for("joe@hosted.example");
	add_recipient("joe@low.example", NULL);
	assert_int_equal(decide(5499)->action, VERDICT_TAG);
	assert_int_equal(decide(5500)->action, VERDICT_DROP);
	assert_str(decide(5500)->recipients[0].hosted, "joe@hosted.example");
	add_recipient("joe@kept.example", NULL);
	assert_int_equal(decide(99000)->action, VERDICT_PARTIAL);
	add_recipient("joe@other.example", NULL);
	assert_true(decide(6000)->recipients[2].drop);
	assert_false(decide(5999)->recipients[2].drop);
}

/* Mail that was addressed to an external address from the start is not forwarded mail, whatever a
 * client says of it. */
static void test_the_hop_lets_direct_mail_pass(void **state)
{
	(void)state;
	sealed_for("\"Joe\"@Other.example. joe@hosted.example");
	add_recipient("joe@other.example", "joe@hosted.example");
	assert_int_equal(decide(99000)->action, VERDICT_TAG);
	assert_int_equal(decide(99000)->recipients[0].class, RECIPIENT_UNKNOWN);
	assert_int_equal(decide(99000)->recipients[0].kept.len, 0);
	sealed_for("joe@hosted.example");
	assert_int_equal(decide(99000)->action, VERDICT_DROP);
	assert_str(decide(99000)->recipients[0].hosted, "joe@hosted.example");
	/* ORCPT neither spares … */
	envelope.recipients.items[0].original = STR("joe@other.example");
	assert_int_equal(decide(99000)->action, VERDICT_DROP);
	/* … nor puts the record on somebody else's report. */
	envelope.recipients.items[0].original = STR("anna@else.example");
	assert_str(decide(99000)->recipients[0].hosted, "joe@hosted.example");
	assert_int_equal(decide(99000)->recipients[0].others.len, 0);
}

/* Relayed for a customer: not a forward, whether or not it is hosted here as well. */
static void test_the_hop_lets_relayed_domains_pass(void **state)
{
	struct forward_settings settings = { .delimiters = STR("+") };

	(void)state;
	vec_push(arena, &settings.hosted_domains, STR("hosted.example"));
	vec_push(arena, &settings.relayed_domains, STR("customer.example"));
	policy.forward_maps = forward_maps_load(arena, &settings, &problems);
	sealed_for("joe@hosted.example");
	add_recipient("joe@customer.example", NULL);
	assert_int_equal(decide(99000)->action, VERDICT_TAG);
	assert_int_equal(decide(99000)->recipients[0].class, RECIPIENT_RELAYED);
	add_recipient("joe@other.example", NULL);
	assert_int_equal(decide(99000)->action, VERDICT_PARTIAL);
}

/* The filter was down when the front had the mail. */
static void test_the_hop_without_a_seal(void **state)
{
	const struct verdict *verdict;

	(void)state;
	on_the_hop();
	add_recipient("joe@aol.example", NULL);
	verdict = decide(99000);
	assert_true(verdict->recipients[0].drop);
	assert_str(verdict->recipients[0].hosted, "");
	/* The tables agree with ORCPT, or not. */
	envelope.recipients.items[0].original = STR("joe@hosted.example");
	assert_str(decide(99000)->recipients[0].hosted, "joe@hosted.example");
	envelope.recipients.items[0].original = STR("both@hosted.example");
	assert_true(decide(99000)->recipients[0].drop);
	assert_str(decide(99000)->recipients[0].hosted, "");
	/* It may be true, so nothing is dropped, and that is said. */
	envelope.recipients.items[0].original = STR("Joe@aol.example");
	verdict = decide(99000);
	assert_int_equal(verdict->action, VERDICT_TAG);
	assert_true(str_find(verdict->recipients[0].kept, STR("no seal")) > 0);
	assert_int_equal(decide(5999)->recipients[0].kept.len, 0);
	/* The front's own word counts more. */
	front->received_for = STR("joe@hosted.example");
	verdict = decide(99000);
	assert_true(verdict->recipients[0].drop);
	assert_str(verdict->recipients[0].hosted, "joe@hosted.example");
	front->received_for = STR("JOE@aol.example");
	envelope.recipients.items[0].original = STR("joe@hosted.example");
	assert_false(decide(99000)->recipients[0].drop);
	assert_int_equal(decide(99000)->recipients[0].kept.len, 0);
}

/* The hosted recipients on whose reports the drop of the first recipient is, by spaces. */
static struct str accounts(void)
{
	const struct recipient_verdict *recipient = &decide(99000)->recipients[0];
	struct str text = recipient->hosted;

	assert_true(recipient->drop);
	for (size_t i = 0; i < recipient->others.len; i++)
		text = arena_printf(arena, "%.*s %.*s", STR_FMT(text),
		                    STR_FMT(recipient->others.items[i]));
	return text;
}

/* Of several recipients at the front, whose forward is it? */
static void test_accounts(void **state)
{
	(void)state;
	add_recipient("new@far.example", NULL);
	/* Nothing tells. */
	sealed_for("a@hosted.example b@hosted.example x@direct.example");
	assert_str(accounts(), "a@hosted.example b@hosted.example");
	/* The MTA's own ORCPT. */
	envelope.recipients.items[0].original = STR("B@hosted.example");
	assert_str(accounts(), "b@hosted.example");
	/* A client's: it is that of the one for whom it was given, and of nobody else. */
	sealed_for("a@hosted.example/b@hosted.example b@hosted.example/z@z.example");
	assert_str(accounts(), "a@hosted.example");
	envelope.recipients.items[0].original = STR("z@z.example");
	assert_str(accounts(), "b@hosted.example");
	envelope.recipients.items[0].original = STR("c@hosted.example");
	assert_str(accounts(), "a@hosted.example b@hosted.example");
	sealed_for("a@hosted.example/b@hosted.example b@hosted.example c@hosted.example");
	envelope.recipients.items[0].original = STR("b@hosted.example");
	assert_str(accounts(), "a@hosted.example b@hosted.example");
	envelope.recipients.items[0].original = STR("");
	/* The MTA resolved it while the message came in. */
	sealed_for("a@hosted.example b@hosted.example=new@far.example");
	assert_str(accounts(), "b@hosted.example");
	/* The tables. */
	sealed_for("a@hosted.example joe@hosted.example both@hosted.example");
	envelope.recipients.items[0].address = STR("both@aol.example");
	assert_str(accounts(), "both@hosted.example");
	envelope.recipients.items[0].address = STR("joe@aol.example");
	assert_str(accounts(), "joe@hosted.example");
}

/* Mail that goes on has an account where that needs no question. */
static void test_accounts_of_what_goes_on(void **state)
{
	(void)state;
	add_recipient("joe@aol.example", NULL);
	sealed_for("a@hosted.example joe@hosted.example");
	assert_str(decide(0)->recipients[0].hosted, "");
	assert_int_equal(decide(0)->recipients[0].others.len, 0);
	assert_false(origin_asked_maps(front));
	envelope.recipients.items[0].original = STR("joe@hosted.example");
	assert_str(decide(0)->recipients[0].hosted, "joe@hosted.example");
}

static void seal_many(size_t count, bool originals)
{
	struct envelope_recipients list = { 0 };
	struct seal_recipients gathered;
	struct strbuf text;

	for (size_t i = 0; i < count; i++)
		vec_add(arena, &list)->address =
			arena_printf(arena, "user%zu@domain%zu.example", i, i % 9);
	if (originals)
		list.items[5].original = STR("user7@domain7.example");
	on_the_hop();
	assert_true(seal_recipients_gather(arena, &key, &list, &gathered));
	strbuf_init(&text, arena);
	assert_true(seal_recipients_write(&text, &key, &gathered));
	assert_true(text.len <= SEAL_RECIPIENTS_MAX);
	assert_true(seal_recipients_read(arena, strbuf_str(&text), &sealed));
	assert_int_equal(sealed.count, count);
	front->key = &key;
	front->recipients = &sealed;
}

/* A thousand recipients: the last of them is spared like the first. */
static void test_many_recipients_at_the_front(void **state)
{
	static const size_t counts[] = { 20, 300, 1000, 1700, 5000 };

	(void)state;
	add_recipient("user0@domain0.example", NULL);
	add_recipient("new@far.example", NULL);
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		seal_many(counts[k], false);
		for (size_t i = 0; i < counts[k]; i += counts[k] / 20) {
			envelope.recipients.items[0].address =
				arena_printf(arena, "User%zu@domain%zu.example", i, i % 9);
			assert_false(decide(99000)->recipients[0].drop);
			assert_int_equal(decide(99000)->recipients[0].kept.len, 0);
		}
		assert_true(decide(99000)->recipients[1].drop);
	}
}

static void test_accounts_of_many_recipients(void **state)
{
	(void)state;
	add_recipient("new@far.example", NULL);
	seal_many(20, false);
	assert_int_equal(decide(99000)->recipients[0].others.len, 8);
	assert_str(decide(99000)->recipients[0].hosted, "@domain0.example");
	seal_many(1000, false);
	assert_int_equal(decide(99000)->recipients[0].others.len, 8);
	assert_str(decide(99000)->recipients[0].hosted, "@domain0.example");
	envelope.recipients.items[0].original = STR("user7@domain7.example");
	assert_str(accounts(), "user7@domain7.example");
	envelope.recipients.items[0].original = STR("stranger@domain7.example");
	assert_str(decide(99000)->recipients[0].hosted, "@domain0.example");
	/* Among so many, one that a client gave can't be told from ours. */
	seal_many(1000, true);
	envelope.recipients.items[0].original = STR("user7@domain7.example");
	assert_str(decide(99000)->recipients[0].hosted, "@domain0.example");
}

/* Domains of ours, where there are any. */
static void test_accounts_of_many_by_domain(void **state)
{
	(void)state;
	add_recipient("new@far.example", NULL);
	seal_many(1000, false);
	vec_push(arena, &sealed.domains, STR("hosted.example"));
	assert_str(accounts(), "@hosted.example");
}

/* How many strangers out of 1,000 pass for one of this many recipients. */
static unsigned mistaken(size_t count)
{
	unsigned spared = 0;

	seal_many(count, false);
	for (size_t i = 0; i < 1000; i++) {
		envelope.recipients.items[0].address =
			arena_printf(arena, "stranger%zu@far.example", i);
		spared += !decide(99000)->recipients[0].drop;
	}
	return spared;
}

/* No number of recipients is a way out for all. */
static void test_strangers_among_many_recipients(void **state)
{
	(void)state;
	add_recipient("new@far.example", NULL);
	assert_int_equal(mistaken(1700), 0);
	assert_true(mistaken(5000) < 20);
	assert_true(mistaken(10000) < 150);
	assert_true(mistaken(50000) < 900);
}

static const struct verdict *decide_in_doubt(int32_t score, int32_t floor)
{
	input.score = score;
	input.floor = floor;
	input.doubt = STR("spf");
	return verdict_decide(arena, &input);
}

/* It is dropped where its score is high enough whatever is not known. */
static void test_doubt(void **state)
{
	const struct verdict *verdict;

	(void)state;
	add_recipient("joe@hosted.example", NULL);
	for (int hop = 0; hop <= 1; hop++) {
		assert_int_equal(decide_in_doubt(99000, 6000)->action, VERDICT_DROP);
		verdict = decide_in_doubt(99000, 5999);
		assert_int_equal(verdict->action, VERDICT_TAG);
		assert_str(verdict->recipients[0].kept, "spf");
		/* Nothing is said where nothing would have been dropped. */
		assert_int_equal(decide_in_doubt(5999, -100000)->recipients[0].kept.len, 0);
		input.droppable = false;
		assert_int_equal(decide_in_doubt(99000, 5999)->recipients[0].kept.len, 0);
		input.droppable = true;
		sealed_for("joe@hosted.example");
		envelope.recipients.items[0].address = STR("joe@aol.example");
	}
	/* Each destination has its own threshold. */
	add_recipient("joe@low.example", NULL);
	add_recipient("x@dry.example", NULL);
	verdict = decide_in_doubt(99000, 5500);
	assert_false(verdict->recipients[0].drop);
	assert_true(verdict->recipients[1].drop);
	assert_false(verdict->recipients[2].observe);
	assert_str(verdict->recipients[2].kept, "spf");
}

static void test_what_the_store_forbids(void **state)
{
	(void)state;
	add_recipient("joe@hosted.example", NULL);
	add_recipient("anna@hosted.example", NULL);
	input.forbidden = STR("no room");
	assert_int_equal(decide(9000)->action, VERDICT_TAG);
	assert_str(decide(9000)->recipients[0].kept, "no room");
	assert_int_equal(decide(9000)->recipients[1].kept.len, 0);
}

#define VERDICT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void test_two_kinds(void **state)
{
	struct evidence_kinds one = { { [EVIDENCE_WORDING] = 9000, [EVIDENCE_SENDER] = 499 } };
	struct evidence_kinds two = { { [EVIDENCE_SENDER] = 3000, [EVIDENCE_LEARNED] = 500 } };
	struct evidence_kinds none = { { 0 } };

	(void)state;
	assert_true(settings_parse(&policy.settings, arena,
	                           STR("[destination aol.example]\nforward_discard_score 6\n"
	                               "discard_needs two-kinds\n"),
	                           "t", &problems));
	on_the_hop();
	add_recipient("joe@aol.example", "joe@hosted.example");
	input.kinds = &one;
	assert_int_equal(decide(11999)->action, VERDICT_TAG);
	assert_str(decide(6000)->recipients[0].kept,
	           "all that speaks against it is of one kind, wording, and discard_needs is "
	           "two-kinds");
	assert_int_equal(decide(5999)->recipients[0].kept.len, 0);
	assert_int_equal(decide(12000)->action, VERDICT_DROP);
	input.kinds = &two;
	assert_int_equal(decide(6000)->action, VERDICT_DROP);
	assert_int_equal(decide(5999)->action, VERDICT_TAG);
	input.kinds = &none;
	assert_int_equal(decide(6000)->action, VERDICT_TAG);
	input.kinds = NULL;
	assert_int_equal(decide(6000)->action, VERDICT_TAG);
	assert_true(decide(6000)->recipients[0].kept.len > 0);
	/* Elsewhere the score alone decides. */
	envelope.recipients.len = 0;
	add_recipient("joe@other.example", "joe@hosted.example");
	assert_int_equal(decide(6000)->action, VERDICT_DROP);
	policy.settings.discard_needs = DISCARD_NEEDS_TWO_KINDS;
	assert_int_equal(decide(6000)->action, VERDICT_TAG);
	input.kinds = &two;
	assert_int_equal(decide(6000)->action, VERDICT_DROP);
}

static void test_two_kinds_at_the_front(void **state)
{
	struct evidence_kinds one = { { [EVIDENCE_NETWORK] = 9000 } };

	(void)state;
	policy.settings.discard_needs = DISCARD_NEEDS_TWO_KINDS;
	add_recipient("joe@hosted.example", NULL);
	input.kinds = &one;
	assert_int_equal(decide(6000)->action, VERDICT_TAG);
	assert_str(decide(6000)->recipients[0].kept,
	           "all that speaks against it is of one kind, network, and discard_needs is "
	           "two-kinds");
	assert_int_equal(decide(12000)->action, VERDICT_DROP);
	assert_int_equal(decide(5500)->recipients[0].kept.len, 0);
	/* A dry run observes nothing that would not be dropped. */
	envelope.recipients.len = 0;
	add_recipient("dry@hosted.example", NULL);
	for (size_t i = 0; i < policy.settings.destinations.len; i++)
		policy.settings.destinations.items[i].discard_needs = DISCARD_NEEDS_TWO_KINDS;
	assert_false(decide(8000)->recipients[0].observe);
	assert_true(decide(15000)->recipients[0].observe);
}

static const struct infection certain = { STR_INIT("Win.Test"), true };
static const struct infection guess = { STR_INIT("Heuristics.Test"), false };

/* What is forwarded is dropped at any score; what is for a mailbox never is. */
static void test_infected_at_the_front(void **state)
{
	const struct verdict *verdict;

	(void)state;
	input.infection = certain;
	add_recipient("joe@hosted.example", NULL);
	verdict = decide(-9000);
	assert_int_equal(verdict->action, VERDICT_DROP);
	assert_true(verdict->recipients[0].infected);
	add_recipient("box@hosted.example", NULL);
	add_recipient("both@hosted.example", NULL);
	add_recipient("dry@hosted.example", NULL);
	add_recipient("two@hosted.example", NULL);
	verdict = decide(0);
	assert_int_equal(verdict->action, VERDICT_PARTIAL);
	assert_true(verdict->tag);
	assert_true(verdict->recipients[0].drop);
	assert_false(verdict->recipients[1].drop);
	assert_false(verdict->recipients[2].drop);
	assert_false(verdict->recipients[3].drop);
	assert_true(verdict->recipients[3].observe && verdict->recipients[3].infected);
	assert_false(verdict->recipients[4].drop);
	/* Doubt about the score is none about malware. */
	input.floor = -1000;
	input.doubt = STR("something");
	assert_true(decide(0)->recipients[0].drop);
	input.forbidden = STR("its removal could not be recorded");
	assert_int_equal(decide(0)->action, VERDICT_TAG);
	input.forbidden = STR("");
	input.droppable = false;
	assert_int_equal(decide(0)->action, VERDICT_TAG);
	input.quiet = true;
	assert_int_equal(decide(0)->action, VERDICT_PASS);
}

static void test_guesses_are_tagged(void **state)
{
	(void)state;
	input.infection = guess;
	input.refusable = true;
	add_recipient("joe@hosted.example", NULL);
	assert_int_equal(decide(0)->action, VERDICT_TAG);
	policy.settings.antivirus_action = ANTIVIRUS_REJECT;
	assert_int_equal(decide(0)->action, VERDICT_TAG);
	assert_int_equal(decide(8000)->action, VERDICT_DROP);
	assert_false(decide(8000)->recipients[0].infected);
	policy.settings.antivirus_action = ANTIVIRUS_TAG;
	input.infection = certain;
	assert_int_equal(decide(0)->action, VERDICT_TAG);
}

static void test_infected_mail_is_refused(void **state)
{
	const struct verdict *verdict;

	(void)state;
	policy.settings.antivirus_action = ANTIVIRUS_REJECT;
	input.infection = certain;
	input.refusable = true;
	add_recipient("joe@hosted.example", NULL);
	add_recipient("box@hosted.example", NULL);
	verdict = decide(0);
	assert_int_equal(verdict->action, VERDICT_REJECT);
	assert_false(verdict->recipients[0].drop || verdict->recipients[1].drop);
	/* Where it may not be refused, as on the hop, it is as with discard. */
	input.refusable = false;
	verdict = decide(0);
	assert_int_equal(verdict->action, VERDICT_PARTIAL);
	assert_true(verdict->recipients[0].drop && !verdict->recipients[1].drop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VERDICT_TEST(test_greater_is_tagged),
		VERDICT_TEST(test_all_thresholds_must_agree),
		VERDICT_TEST(test_thresholds_of_deliveries),
		VERDICT_TEST(test_tags_of_recipients),
		VERDICT_TEST(test_quiet_clients_are_not_tagged),
		VERDICT_TEST(test_forwards_at_the_front),
		VERDICT_TEST(test_nothing_is_dropped_on_old_tables),
		VERDICT_TEST(test_the_name_of_the_mta_is_ours),
		VERDICT_TEST(test_a_mailbox_behind_a_forward_is_never_dropped),
		VERDICT_TEST(test_what_is_not_certain_is_kept),
		VERDICT_TEST(test_international_destinations),
		VERDICT_TEST(test_a_dry_run_at_the_front),
		VERDICT_TEST(test_a_dry_run_on_the_hop),
		VERDICT_TEST(test_two_kinds),
		VERDICT_TEST(test_two_kinds_at_the_front),
		VERDICT_TEST(test_the_hop_observes_and_not_the_front),
		VERDICT_TEST(test_the_hop),
		VERDICT_TEST(test_the_hop_lets_direct_mail_pass),
		VERDICT_TEST(test_the_hop_lets_relayed_domains_pass),
		VERDICT_TEST(test_the_hop_without_a_seal),
		VERDICT_TEST(test_accounts),
		VERDICT_TEST(test_accounts_of_what_goes_on),
		VERDICT_TEST(test_many_recipients_at_the_front),
		VERDICT_TEST(test_accounts_of_many_recipients),
		VERDICT_TEST(test_accounts_of_many_by_domain),
		VERDICT_TEST(test_strangers_among_many_recipients),
		VERDICT_TEST(test_doubt),
		VERDICT_TEST(test_what_the_store_forbids),
		VERDICT_TEST(test_infected_at_the_front),
		VERDICT_TEST(test_guesses_are_tagged),
		VERDICT_TEST(test_infected_mail_is_refused),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, scratch_remove);
}
