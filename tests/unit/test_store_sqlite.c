/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tests/unit/store_cases.h"

static const char *uri(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "sqlite:%s", scratch_path(name));
	return text;
}

static struct store *open_or_fail(const char *name)
{
	struct error err;
	struct store *store = store_open(uri(name), &err);

	if (store == NULL)
		fail_msg("%s", err.text);
	return store;
}

struct store *store_case_open(const char *name, const char *host)
{
	(void)host;
	return open_or_fail(name);
}

/* What records of older versions have not. */
static bool check_kept(const struct record *record, int64_t id, void *context)
{
	(void)id;
	(void)context;
	assert_string_equal(record->kept, "for a reason");
	return true;
}

static bool check_example(const struct record *record, int64_t id, void *context)
{
	*(size_t *)context += 1;
	assert_true(id > 0);
	assert_int_equal(record->kind, RECORD_DISCARDED);
	assert_int_equal(record->time_us, 1732284000123456);
	assert_string_equal(record->scan_id, "scan1");
	assert_string_equal(record->queue_id, "Q1");
	assert_string_equal(record->content, "c0ffee");
	assert_string_equal(record->message_id, "m1@client.example");
	assert_string_equal(record->sender, "spammer@client.example");
	assert_string_equal(record->recipient, "Joe@example.com");
	assert_string_equal(record->destination, "joe@AOL.example");
	assert_int_equal(record->score, 18200);
	assert_int_equal(record->threshold, 6000);
	assert_string_equal(record->client_ip, "192.0.2.1");
	assert_string_equal(record->client_name, "client.example");
	assert_string_equal(record->rules, "A=10,B=8.2");
	assert_int_equal(record->size, 12345);
	assert_int_equal(record->tagged, 1);
	return true;
}

static void test_round_trip(void **state)
{
	struct store *store = open_or_fail("round"), *reader;
	struct record record = example("Q1");
	struct store_query all = { 0 };
	struct error err;
	struct stat st;
	size_t count = 0;

	(void)state;
	write_or_fail(store, &record, 1);
	reader = store_open_reader(uri("round"), &err);
	assert_non_null(reader);
	assert_true(store_read(reader, &all, check_example, &count, &err));
	assert_true(store_read(reader, &all, check_kept, NULL, &err));
	assert_int_equal(count, 1);
	assert_false(store_write(reader, &record, 1, &err));
	store_close(reader);
	store_close(store);
	assert_int_equal(stat(scratch_path("round"), &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
}

/* The file stays below its limit and becomes smaller; of discards more is kept. */
static void test_size(void **state)
{
	const int64_t now = 40 * DAY_US, limit = 4 * 1024 * 1024;
	struct store_retention retention = { .now_us = now, .max_bytes = limit };
	struct store *store = open_or_fail("size");
	struct record records[500];
	static char ids[500][16];
	struct stat st;
	int steps = 0;

	(void)state;
	for (int i = 0; i < 24; i++) {
		for (int j = 0; j < 500; j++) {
			sprintf(ids[j], "Q%d-%d", i, j);
			records[j] = example(ids[j]);
			records[j].kind = j % 5 == 0 ? RECORD_DISCARDED : RECORD_DELIVERED;
			records[j].time_us = now - (24 - i) * (DAY_US / 4);
		}
		write_or_fail(store, records, 500);
	}
	/* So that the write-ahead log is in the file. */
	store_close(store);
	stat(scratch_path("size"), &st);
	store = open_or_fail("size");
	while (expire(store, retention, 500).more)
		assert_true(++steps < 100);
	assert_true(steps > 5);
	store_close(store);
	assert_true(st.st_size > limit + limit / 4);
	stat(scratch_path("size"), &st);
	assert_true(st.st_size <= limit && st.st_size > limit / 2);
	store = open_or_fail("size");
	assert_int_equal(count_kind(store, RECORD_DISCARDED), 24 * 100);
	assert_true(count_kind(store, RECORD_DELIVERED) > 4 * 400);
	/* Where that is not enough, the oldest go, whatever they are; but not all. */
	retention.max_bytes = limit / 4;
	for (steps = 0; expire(store, retention, 100).more; steps++)
		assert_true(steps < 400);
	assert_true(count_kind(store, RECORD_DISCARDED) < 24 * 100);
	assert_true(count_kind(store, RECORD_DISCARDED) > 100);
	store_close(store);
	stat(scratch_path("size"), &st);
	assert_true(st.st_size <= limit / 4);
}

static bool sum_group(const struct store_group *group, void *context)
{
	*(size_t *)context += group->count;
	return true;
}

/* So many that another way is taken: it counts the same. */
static void test_many_groups(void **state)
{
	struct store_query query = { .kinds = 1u << RECORD_DISCARDED };
	struct store *store = open_or_fail("many");
	struct record records[1000];
	static char ids[1000][16];
	struct error err;
	size_t sum = 0;

	(void)state;
	for (int i = 0; i < 51; i++) {
		for (int j = 0; j < 1000; j++) {
			sprintf(ids[j], "Q%d-%d", i, j);
			records[j] = example(ids[j]);
			records[j].time_us += i;
			records[j].recipient = j % 10 ? "joe@example.com" : "ann@example.org";
			records[j].score = j;
		}
		write_or_fail(store, records, 1000);
	}
	assert_true(store_read_groups(store, &query, sum_group, &sum, &err));
	assert_int_equal(sum, 51000);
	query.account = "example.org";
	query.since_us = records[0].time_us - 1;
	sum = 0;
	assert_true(store_read_groups(store, &query, sum_group, &sum, &err));
	assert_int_equal(sum, 200);
	query.account = NULL;
	query.since_us = 1;
	query.destination = "aol.example";
	query.up_to_id = 50500;
	sum = 0;
	assert_true(store_read_groups(store, &query, sum_group, &sum, &err));
	assert_int_equal(sum, 50500);
	store_close(store);
}

/* What was written is there after a kill at any moment; nothing is there in part. */
static void test_killed_writer(void **state)
{
	int pipe_fds[2], status;
	size_t acknowledged = 0, there;
	char byte;
	pid_t pid;
	struct store *store;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		struct store *child = open_or_fail("killed");
		char id[32];

		for (int i = 0;; i++) {
			struct record pair[2];

			sprintf(id, "Q%d", i);
			pair[0] = example(id);
			pair[1] = example(id);
			pair[1].destination = "second@x.example";
			write_or_fail(child, pair, 2);
			if (write(pipe_fds[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(pipe_fds[1]);
	while (acknowledged < 20 && read(pipe_fds[0], &byte, 1) == 1)
		acknowledged++;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(pipe_fds[0], &byte, 1) == 1)
		acknowledged++;
	close(pipe_fds[0]);
	store = open_or_fail("killed");
	there = 0;
	{
		struct seen seen = { 0 };
		struct store_query discarded = { .destination = "joe@aol.example", .limit = 60 };

		seen = read_all(store, discarded);
		there = seen.count;
		discarded.destination = "second@x.example";
		assert_int_equal(read_all(store, discarded).count, there);
	}
	assert_true(acknowledged >= 20);
	assert_true(there >= (acknowledged < 60 ? acknowledged : 60));
	store_close(store);
}

/* Another process, which begins before this one has anything open: looks into the file once it is
 * told to. */
static pid_t start_visitor(const char *path, int go)
{
	pid_t pid = fork();
	sqlite3 *db;
	char byte;

	if (pid != 0)
		return pid;
	_exit(read(go, &byte, 1) != 1 ||
	      sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	      sqlite3_exec(db, "SELECT count(*) FROM records", NULL, NULL, NULL) != SQLITE_OK ||
	      sqlite3_close(db) != SQLITE_OK);
}

/*
 * The locks on a file are a process's: who closes any descriptor of it gives all of them up, and
 * the next visitor takes the log away as the last who had it open.
 */
static void test_locks_are_kept(void **state)
{
	struct record record = example("Q1");
	struct store *first, *second;
	int go[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(go), 0);
	pid = start_visitor(scratch_path("locks"), go[0]);
	first = open_or_fail("locks");
	write_or_fail(first, &record, 1);
	second = open_or_fail("locks");
	assert_int_equal(write(go[1], "x", 1), 1);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(access(scratch_path("locks-wal"), F_OK), 0);
	for (int i = 2; i < 10; i++) {
		char id[32];

		sprintf(id, "Q%d", i);
		record = example(id);
		write_or_fail(i % 2 ? first : second, &record, 1);
	}
	store_close(second);
	store_close(first);
	close(go[0]);
	close(go[1]);
}

static void test_disk_full(void **state)
{
	struct store *store = open_or_fail("full");
	struct record record = example("Q1");
	struct rlimit before, small;
	struct error err = { "" };
	bool ok = true;
	size_t written = 0;
	char id[16];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	write_or_fail(store, &record, 1);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){ 256 * 1024, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 2; ok && i < 10000; i++) {
		sprintf(id, "Q%d", i);
		record.queue_id = id;
		ok = store_write(store, &record, 1, &err);
		written += ok;
	}
	assert_false(ok);
	assert_non_null(strstr(err.text, "/full: "));
	setrlimit(RLIMIT_FSIZE, &before);
	store_close(store);
	/* With room again, all that was acknowledged is there, and the rest can be written. */
	store = open_or_fail("full");
	write_or_fail(store, &record, 1);
	{
		struct store_query query = { .since_us = 1, .limit = 1, .message = id };

		assert_int_equal(read_all(store, query).count, 1);
		for (size_t i = 1; i <= written + 1; i += 7) {
			sprintf(id, "Q%zu", i);
			assert_int_equal(read_all(store, query).count, 1);
		}
	}
	store_close(store);
}

static void test_cannot_open(void **state)
{
	static const char *const bad[] = { "",
		                           "sqlite",
		                           "sqlite:",
		                           "sqlite:relative/path",
		                           "mysql://host/db",
		                           "sqlite:/nonexistent/dir/file" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		assert_null(store_open(bad[i], &err));
		assert_true(strlen(err.text) > 20);
		assert_int_equal(store_check_uri(bad[i], &err), i == 5);
	}
	assert_null(store_open_reader(uri("missing"), &err));
	assert_non_null(strstr(err.text, "/missing: "));
}

static void execute(const char *name, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(scratch_path(name), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* How often this program, with SQLite in it, makes sure that a file is on the disk: only counted.
 */
static size_t syncs;

int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

int fsync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

/* Killing a process does not show whether a commit would survive the end of the machine. */
static void test_synced(void **state)
{
	struct store *store = open_or_fail("synced");
	struct record record = example("Q1");
	char id[16];

	(void)state;
	write_or_fail(store, &record, 1);
	for (int i = 0; i < 5; i++) {
		size_t before = syncs;

		sprintf(id, "R%d", i);
		record.queue_id = id;
		write_or_fail(store, &record, 1);
		assert_true(syncs > before);
	}
	store_close(store);
}

/* What a new reader sees. */
static size_t count_for_others(const char *name)
{
	struct error err;
	struct store *reader = store_open_reader(uri(name), &err);
	size_t count = 0;

	if (reader == NULL ||
	    !store_read(reader, &(struct store_query){ 0 }, count_one, &count, &err))
		fail_msg("%s", err.text);
	store_close(reader);
	return count;
}

/* Each way to take the files away while they are open, as a shell command. */
static const char *const removals[] = {
	"rm $F",
	"rm $F $F-wal $F-shm",
	"rm $F-wal",
	"rm $F-shm",
	"mv $F $F.old",
	"mv $F $F.old; mv $F-wal $F.old-wal; mv $F-shm $F.old-shm",
	"cp $F $F.copy; mv $F.copy $F",
	"mv $D $D.old; mkdir $D",
};

/* A discard that was acknowledged is there for others, whatever happened to the files. */
static void test_files_taken_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]); i++) {
		char name[32], command[700];
		struct record records[3] = { example("Q1"), example("Q2"), example("Q3") };
		struct store *store;

		sprintf(name, "taken%zu", i);
		snprintf(command, sizeof(command), "mkdir %s", scratch_path(name));
		assert_int_equal(system(command), 0);
		sprintf(name, "taken%zu/db", i);
		store = open_or_fail(name);
		write_or_fail(store, &records[0], 1);
		snprintf(command, sizeof(command), "F=%s; D=${F%%/*}; %s", scratch_path(name),
		         removals[i]);
		assert_int_equal(system(command), 0);
		write_or_fail(store, &records[1], 1);
		assert_true(count_for_others(name) >= 1);
		write_or_fail(store, &records[2], 1);
		assert_true(count_for_others(name) >= 2);
		store_close(store);
		assert_true(count_for_others(name) >= 2);
	}
}

/* Where nothing can be put in place of what was taken away, nothing is acknowledged. */
static void test_directory_taken_away(void **state)
{
	struct record records[2] = { example("Q1"), example("Q2") };
	struct store *store;
	struct error err;

	(void)state;
	assert_int_equal(mkdir(scratch_path("gone"), 0755), 0);
	store = open_or_fail("gone/db");
	write_or_fail(store, &records[0], 1);
	assert_int_equal(rename(scratch_path("gone"), scratch_path("gone.old")), 0);
	assert_false(store_write(store, &records[1], 1, &err));
	assert_non_null(strstr(err.text, "/gone/db"));
	store_close(store);
	assert_int_equal(count_for_others("gone.old/db"), 1);
}

static size_t count_aside(const char *name)
{
	char command[400];
	FILE *pipe;
	int count = -1;

	snprintf(command, sizeof(command),
	         "ls %s.damaged-* 2>/dev/null | grep -v -e -wal -e -shm |"
	         " wc -l",
	         scratch_path(name));
	pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return (size_t)count;
}

/* Each way to damage a file that is not open. */
static const char *const damages[] = {
	"printf 'This is not a database, but a text that is long enough to be one. %0999d' 0 >$F",
	"printf x | dd of=$F bs=1 seek=3 conv=notrunc",
	"dd if=/dev/urandom of=$F bs=100 count=1 seek=1 conv=notrunc",
	"truncate -s 5000 $F",
	"dd if=/dev/urandom of=$F bs=4096 seek=1 count=200 conv=notrunc",
};

static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct record record = example("Q1");
		char name[32], command[500];
		struct store *store;

		sprintf(name, "damaged%zu", i);
		store = open_or_fail(name);
		write_or_fail(store, &record, 1);
		store_close(store);
		snprintf(command, sizeof(command), "exec 2>/dev/null; F=%s; %s", scratch_path(name),
		         damages[i]);
		assert_int_equal(system(command), 0);
		store = open_or_fail(name);
		record.queue_id = "Q2";
		write_or_fail(store, &record, 1);
		assert_int_equal(count_for_others(name), 1);
		assert_int_equal(count_aside(name), 1);
		store_close(store);
	}
}

/* Damaged while it is open; what is acknowledged afterwards is there. */
static void test_damaged_while_open(void **state)
{
	static const char *const open_damages[] = {
		"dd if=/dev/urandom of=$F bs=4096 count=200 conv=notrunc",
		"dd if=/dev/urandom of=$F bs=4096 count=200 conv=notrunc; rm $F-wal",
		": >$F",
	};
	char id[16];

	(void)state;
	for (size_t i = 0; i < sizeof(open_damages) / sizeof(open_damages[0]); i++) {
		struct record record = example("Q1");
		char name[32], command[500];
		struct store *store;
		struct error err;
		bool ok = false;

		sprintf(name, "hurt%zu", i);
		store = open_or_fail(name);
		write_or_fail(store, &record, 1);
		/* So that the file is what counts. */
		execute(name, "PRAGMA wal_checkpoint(TRUNCATE)");
		snprintf(command, sizeof(command), "exec 2>/dev/null; F=%s; %s", scratch_path(name),
		         open_damages[i]);
		assert_int_equal(system(command), 0);
		/* As the recorder does: what fails is opened anew. */
		for (int j = 0; j < 5; j++) {
			sprintf(id, "R%d", j);
			record.queue_id = id;
			if (store == NULL)
				store = store_open(uri(name), &err);
			ok = store != NULL && store_write(store, &record, 1, &err);
			if (ok) {
				assert_true(count_for_others(name) >= 1);
				continue;
			}
			store_close(store);
			store = NULL;
		}
		assert_true(ok);
		store_close(store);
	}
}

/* What is only locked, or no file at all, is left where it is. */
static void test_not_set_aside(void **state)
{
	struct record record = example("Q1");
	struct error err = { "" };
	struct store *store;
	sqlite3 *db;

	(void)state;
	store_close(open_or_fail("locked"));
	assert_int_equal(sqlite3_open(scratch_path("locked"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
	                              "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
	                              " INSERT INTO counts VALUES (4, 0, 'x', 1)",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	assert_null(store_open(uri("locked"), &err));
	assert_non_null(strstr(err.text, "locked"));
	sqlite3_close(db);
	store = open_or_fail("locked");
	write_or_fail(store, &record, 1);
	store_close(store);
	assert_int_equal(count_aside("locked"), 0);
	assert_int_equal(mkdir(scratch_path("directory"), 0755), 0);
	assert_null(store_open(uri("directory"), &err));
	assert_int_equal(count_aside("directory"), 0);
}

/* What fails in the middle leaves nothing after, and the next can be written. */
static void test_rolled_back(void **state)
{
	struct record records[3] = { example("Q1"), example("BAD"), example("Q3") };
	struct store *store = open_or_fail("rolled");
	struct error err;

	(void)state;
	write_or_fail(store, NULL, 0);
	execute("rolled", "CREATE TRIGGER bad BEFORE INSERT ON records WHEN NEW.queue_id = 'BAD'"
	                  " BEGIN SELECT raise(ABORT, 'bad one'); END");
	assert_false(store_write(store, records, 3, &err));
	assert_non_null(strstr(err.text, "bad one"));
	assert_int_equal(count_for_others("rolled"), 0);
	write_or_fail(store, &records[2], 1);
	assert_int_equal(count_for_others("rolled"), 1);
	store_close(store);
}

/* Whatever the size: old discards go before deliveries of the last day. */
static void test_young_deliveries_stay(void **state)
{
	const int64_t now = 40 * DAY_US;
	struct store_retention retention = { .now_us = now, .max_bytes = 540 * 1024 };
	struct store *store = open_or_fail("young");
	struct record records[600];
	static char ids[600][16];

	(void)state;
	for (int i = 0; i < 600; i++) {
		sprintf(ids[i], "Q%d", i);
		records[i] = example(ids[i]);
		records[i].kind = i % 2 ? RECORD_DISCARDED : RECORD_DELIVERED;
		records[i].time_us = i % 2 ? now - 30 * DAY_US : now - DAY_US + 60000000;
	}
	write_or_fail(store, records, 600);
	while (expire(store, retention, 50).more)
		;
	assert_int_equal(count_kind(store, RECORD_DELIVERED), 300);
	assert_true(count_kind(store, RECORD_DISCARDED) < 280);
	store_close(store);
}

/* Root may write anywhere, so this needs another user. */
static void test_read_only(void **state)
{
	struct record record = example("Q1");
	int status;
	pid_t pid;

	(void)state;
	store_close(open_or_fail("readonly"));
	chmod(scratch_path("readonly"), 0444);
	chmod(scratch_dir, 0755);
	pid = fork();
	if (pid == 0) {
		struct store *store;
		struct error err;

		if (getuid() == 0 && setuid(65534) != 0)
			_exit(2);
		store = store_open(uri("readonly"), &err);
		_exit(store == NULL ? strstr(err.text, "permissions") == NULL
		                    : store_write(store, &record, 1, &err));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* As version 1 made it, which had neither groups nor unanswered ones. */
static const char version_1[] =
	"CREATE TABLE records ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, time_us INTEGER NOT NULL,"
	" scan_id TEXT NOT NULL, queue_id TEXT NOT NULL, content TEXT NOT NULL,"
	" message_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL COLLATE NOCASE,"
	" recipient_domain TEXT NOT NULL COLLATE NOCASE,"
	" destination TEXT NOT NULL COLLATE NOCASE,"
	" destination_domain TEXT NOT NULL COLLATE NOCASE,"
	" score INTEGER NOT NULL, threshold INTEGER NOT NULL, client_ip TEXT NOT NULL,"
	" client_name TEXT NOT NULL, rules TEXT NOT NULL, size INTEGER NOT NULL,"
	" tagged INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX records_once ON records ("
	" CASE queue_id WHEN '' THEN scan_id ELSE queue_id END, recipient, destination, kind,"
	" message_id, content);"
	"CREATE INDEX records_kind ON records (kind, time_us);"
	"CREATE INDEX records_recipient ON records (recipient, time_us);"
	"CREATE INDEX records_recipient_domain ON records (recipient_domain, time_us);"
	"CREATE INDEX records_destination_domain ON records (destination_domain, time_us);"
	"CREATE INDEX records_scan ON records (scan_id);"
	"CREATE INDEX records_message ON records (message_id);"
	"CREATE TABLE counts (kind INTEGER NOT NULL, hour_us INTEGER NOT NULL,"
	" domain TEXT NOT NULL COLLATE NOCASE, count INTEGER NOT NULL,"
	" PRIMARY KEY (hour_us, domain, kind)) WITHOUT ROWID;"
	"INSERT INTO records VALUES (7, 0, 1732284000123456, 'scan1', 'Q1', 'c0ffee',"
	" 'm1@client.example', 'spammer@client.example', 'Joe@example.com', 'example.com',"
	" 'joe@AOL.example', 'AOL.example', 18200, 6000, '192.0.2.1', 'client.example',"
	" 'A=10,B=8.2', 12345, 1);"
	"INSERT INTO counts VALUES (4, 3600000000, 'example.com', 3);"
	"PRAGMA user_version = 1;";

/* The records of an older version are all there, and the file is as a new one is. */
static void test_older_schema(void **state)
{
	struct record record = example("Q1");
	struct store *store;
	struct error err;
	char text[64] = "";
	size_t count = 0;

	(void)state;
	execute("older", version_1);
	assert_null(store_open_reader(uri("older"), &err));
	assert_non_null(strstr(err.text, "older version"));
	store = open_or_fail("older");
	assert_true(store_read(store, &(struct store_query){ 0 }, check_example, &count, &err));
	assert_int_equal(count, 1);
	write_or_fail(store, &record, 1);
	record.queue_id = "Q2";
	write_or_fail(store, &record, 1);
	assert_int_equal(read_all(store, (struct store_query){ .after_id = 7 }).count, 1);
	assert_groups(store, (struct store_query){ .kinds = 1 },
	              "joe@AOL.example Joe@example.com spammer@client.example 18200 2\n");
	assert_true(store_read_counts(store, 0, NULL, add_count, text, &err));
	assert_string_equal(text, "4 1 example.com 3\n");
	expire(store, (struct store_retention){ .now_us = 1, .max_bytes = 1 << 20 }, 10);
	store_close(store);
	execute("older", "CREATE TABLE one AS SELECT 1 FROM pragma_auto_vacuum WHERE"
	                 " auto_vacuum = 2; SELECT 1 / (SELECT count(*) FROM one)");
	store = open_or_fail("older");
	assert_int_equal(read_all(store, (struct store_query){ 0 }).count, 2);
	store_close(store);
}

static void test_newer_schema(void **state)
{
	struct error err;

	(void)state;
	store_close(open_or_fail("newer"));
	execute("newer", "PRAGMA user_version = 1000");
	assert_null(store_open(uri("newer"), &err));
	assert_non_null(strstr(err.text, "newer version"));
	scratch_write("empty", "");
	assert_null(store_open_reader(uri("empty"), &err));
	assert_non_null(strstr(err.text, "older version"));
}

/* One number of a file that may be damaged; -1 where it can't be read. */
static int64_t number_of(const char *path, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = -1;
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

/* Whatever the tests before did to their files, the numbers of the hours are those of the records.
 */
static void test_hours(void **state)
{
	static const char *const counted = "SELECT kind, time_us - time_us % 3600000000, count(*)"
					   " FROM records GROUP BY 1, 2";
	char differing[600];
	size_t files = 0;
	struct dirent *entry;
	DIR *dir = opendir(scratch_path(""));

	(void)state;
	assert_non_null(dir);
	snprintf(differing, sizeof(differing),
	         "SELECT (SELECT count(*) FROM (SELECT * FROM hours EXCEPT %s))"
	         " + (SELECT count(*) FROM (%s EXCEPT SELECT * FROM hours))",
	         counted, counted);
	while ((entry = readdir(dir)) != NULL) {
		char path[600];
		int64_t number;

		snprintf(path, sizeof(path), "%s/%s", scratch_dir, entry->d_name);
		number = entry->d_type == DT_REG ? number_of(path, differing) : -1;
		if (number > 0)
			fail_msg("%s: %d hours are wrong", path, (int)number);
		files += number == 0 && number_of(path, "SELECT count(*) FROM hours") > 0;
	}
	closedir(dir);
	assert_true(files >= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_CASES,
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_killed_writer),
		cmocka_unit_test(test_locks_are_kept),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_newer_schema),
		cmocka_unit_test(test_older_schema),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_synced),
		cmocka_unit_test(test_files_taken_away),
		cmocka_unit_test(test_directory_taken_away),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_damaged_while_open),
		cmocka_unit_test(test_not_set_aside),
		cmocka_unit_test(test_rolled_back),
		cmocka_unit_test(test_young_deliveries_stay),
		/* The last. */
		cmocka_unit_test(test_hours),
	};

	return cmocka_run_group_tests_name("store_sqlite", tests, NULL, scratch_remove);
}
