/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hiredis connects, writes commands and reads answers; the bytes between go through here, as Debian
 * 12's hiredis knows no TLS.
 */
#include "base/redis_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/memory.h"

struct redis_client {
	redisContext *context; /* its socket and its reader */
	SSL_CTX *tls_settings; /* NULL without TLS */
	SSL *tls;
	struct redis_limits limits;
	const char *where; /* the URI's */
	char *queued;      /* commands that are not sent yet */
	size_t queued_len, queued_size;
};

static bool fail(const struct redis_client *client, struct error *err_r, const char *what)
{
	return error_set(err_r, "%s: %s", client->where, what);
}

/* The answer didn't come, or the connection ended. */
static bool fail_transfer(const struct redis_client *client, ssize_t result, struct error *err_r)
{
	if (result == 0)
		return fail(client, err_r, "the server closed the connection");
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return fail(client, err_r, "no answer in time");
	return fail(client, err_r, strerror(errno));
}

static struct timeval time_of(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L };
}

/* TLS. */

static bool fail_tls(const struct redis_client *client, struct error *err_r, const char *doing)
{
	unsigned long code = ERR_get_error();
	long verified = client->tls != NULL ? SSL_get_verify_result(client->tls) : X509_V_OK;
	const char *reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
	                     : code != 0           ? ERR_reason_error_string(code)
	                                           : NULL;

	ERR_clear_error();
	return error_set(err_r, "%s: TLS: %s: %s", client->where, doing,
	                 reason != NULL ? reason : "the server does not answer as it should");
}

static bool load_files(struct redis_client *client, const struct redis_uri *uri,
                       struct error *err_r)
{
	SSL_CTX *settings = client->tls_settings;

	if (uri->ca_file != NULL ? SSL_CTX_load_verify_locations(settings, uri->ca_file, NULL) != 1
	                         : SSL_CTX_set_default_verify_paths(settings) != 1)
		return fail_tls(client, err_r,
		                uri->ca_file != NULL ? uri->ca_file : "the system's certificates");
	if (uri->cert_file == NULL)
		return true;
	if (SSL_CTX_use_certificate_chain_file(settings, uri->cert_file) != 1)
		return fail_tls(client, err_r, uri->cert_file);
	return SSL_CTX_use_PrivateKey_file(settings, uri->key_file, SSL_FILETYPE_PEM) == 1 ||
	       fail_tls(client, err_r, uri->key_file);
}

/* A host that is an address must be in the certificate as one. */
static bool expect_host(struct redis_client *client, const char *host)
{
	X509_VERIFY_PARAM *parameters = SSL_get0_param(client->tls);
	unsigned char address[16];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
	return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(client->tls, host) == 1;
}

static bool start_tls(struct redis_client *client, const struct redis_uri *uri, struct error *err_r)
{
	client->tls_settings = SSL_CTX_new(TLS_client_method());
	if (client->tls_settings == NULL)
		return fail_tls(client, err_r, "cannot be set up");
	if (SSL_CTX_set_min_proto_version(client->tls_settings, TLS1_2_VERSION) != 1 ||
	    !load_files(client, uri, err_r))
		return false;
	SSL_CTX_set_verify(client->tls_settings, SSL_VERIFY_PEER, NULL);
	client->tls = SSL_new(client->tls_settings);
	if (client->tls == NULL || SSL_set_fd(client->tls, client->context->fd) != 1 ||
	    !expect_host(client, uri->host))
		return fail_tls(client, err_r, "cannot be set up");
	return SSL_connect(client->tls) == 1 || fail_tls(client, err_r, "no connection");
}

/* Bytes. */

static ssize_t send_some(struct redis_client *client, const char *data, size_t len)
{
	errno = 0;
	if (client->tls != NULL) {
		int sent = SSL_write(client->tls, data, (int)(len < 1 << 20 ? len : 1 << 20));

		return sent > 0 ? sent : -1;
	}
	return send(client->context->fd, data, len, MSG_NOSIGNAL);
}

static ssize_t receive_some(struct redis_client *client, char *data, size_t size)
{
	int got;

	errno = 0;
	if (client->tls == NULL)
		return recv(client->context->fd, data, size, 0);
	got = SSL_read(client->tls, data, (int)size);
	if (got > 0)
		return got;
	return SSL_get_error(client->tls, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static bool send_all(struct redis_client *client, const char *data, size_t len, struct error *err_r)
{
	while (len > 0) {
		ssize_t sent = send_some(client, data, len);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return fail_transfer(client, -1, err_r);
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

static bool send_queued(struct redis_client *client, struct error *err_r)
{
	size_t len = client->queued_len;

	client->queued_len = 0;
	return len == 0 || send_all(client, client->queued, len, err_r);
}

redisReply *redis_client_receive(struct redis_client *client, struct error *err_r)
{
	struct deadline deadline = deadline_in_ms(client->limits.command_ms);
	void *reply = NULL;
	char data[16384];

	if (!send_queued(client, err_r))
		return NULL;
	for (;;) {
		ssize_t got;

		if (redisReaderGetReply(client->context->reader, &reply) != REDIS_OK) {
			fail(client, err_r, client->context->reader->errstr);
			return NULL;
		}
		if (reply != NULL)
			return reply;
		got = receive_some(client, data, sizeof(data));
		if (got > 0)
			redisReaderFeed(client->context->reader, data, (size_t)got);
		if (got > 0 ? !deadline_passed(deadline) : got < 0 && errno == EINTR)
			continue;
		errno = got > 0 ? EAGAIN : errno;
		fail_transfer(client, got > 0 ? -1 : got, err_r);
		return NULL;
	}
}

/* Commands. */

static bool send_command(struct redis_client *client, char *command, int len, struct error *err_r)
{
	bool ok = len >= 0 ? send_queued(client, err_r) &&
	                             send_all(client, command, (size_t)len, err_r)
	                   : fail(client, err_r, "the command can't be written");

	if (len >= 0)
		redisFreeCommand(command);
	return ok;
}

bool redis_client_send(struct redis_client *client, size_t count, const char **texts,
                       const size_t *lengths, struct error *err_r)
{
	char *command = NULL;
	int len = redisFormatCommandArgv(&command, (int)count, texts, lengths);

	return send_command(client, command, len, err_r);
}

/* As much as 20 decimal digits, and what is around a word. */
#define WORD_EXTRA 32

static char *put_number(char *end, char kind, size_t number)
{
	return end + sprintf(end, "%c%zu\r\n", kind, number);
}

/* RESP: https://redis.io/docs/reference/protocol-spec/ */
void redis_client_queue(struct redis_client *client, size_t count, const char **texts,
                        const size_t *lengths)
{
	size_t needed = client->queued_len + WORD_EXTRA;
	char *end;

	for (size_t i = 0; i < count; i++)
		needed += lengths[i] + WORD_EXTRA;
	if (needed > client->queued_size) {
		client->queued_size = 2 * needed;
		client->queued = memory_realloc(client->queued, client->queued_size);
	}
	end = put_number(client->queued + client->queued_len, '*', count);
	for (size_t i = 0; i < count; i++) {
		end = put_number(end, '$', lengths[i]);
		memcpy(end, texts[i], lengths[i]);
		end += lengths[i];
		*end++ = '\r';
		*end++ = '\n';
	}
	client->queued_len = (size_t)(end - client->queued);
}

redisReply *redis_client_ask_argv(struct redis_client *client, size_t count, const char **texts,
                                  const size_t *lengths, struct error *err_r)
{
	return redis_client_send(client, count, texts, lengths, err_r)
	               ? redis_client_receive(client, err_r)
	               : NULL;
}

redisReply *redis_client_ask_list(struct redis_client *client, struct error *err_r,
                                  const char *format, va_list arguments)
{
	char *command = NULL;
	int len = redisvFormatCommand(&command, format, arguments);

	return send_command(client, command, len, err_r) ? redis_client_receive(client, err_r)
	                                                 : NULL;
}

redisReply *redis_client_ask(struct redis_client *client, struct error *err_r, const char *format,
                             ...)
{
	va_list arguments;
	redisReply *reply;

	va_start(arguments, format);
	reply = redis_client_ask_list(client, err_r, format, arguments);
	va_end(arguments);
	return reply;
}

/* Connecting. */

/* Takes the reply of a command that must be obeyed. */
static bool obeyed(struct redis_client *client, redisReply *reply, struct error *err_r)
{
	bool ok = reply != NULL && reply->type != REDIS_REPLY_ERROR;

	if (reply != NULL && !ok)
		fail(client, err_r, reply->str);
	freeReplyObject(reply);
	return ok;
}

/* A user that isn't there is refused; without the name, the password would be tried as that of
 * "default". */
static bool log_in(struct redis_client *client, const struct redis_uri *uri, struct error *err_r)
{
	if (uri->user != NULL)
		return obeyed(
			client,
			redis_client_ask(client, err_r, "AUTH %s %s", uri->user, uri->password),
			err_r);
	return uri->password == NULL ||
	       obeyed(client, redis_client_ask(client, err_r, "AUTH %s", uri->password), err_r);
}

static bool open_socket(struct redis_client *client, const struct redis_uri *uri,
                        struct error *err_r)
{
	struct timeval limit = time_of(client->limits.connect_ms);

	client->context = uri->socket != NULL
	                          ? redisConnectUnixWithTimeout(uri->socket, limit)
	                          : redisConnectWithTimeout(uri->host, uri->port, limit);
	if (client->context == NULL)
		return fail(client, err_r, "out of memory");
	if (client->context->err != 0)
		return fail(client, err_r, client->context->errstr);
	if (uri->socket == NULL)
		redisEnableKeepAlive(client->context);
	return redisSetTimeout(client->context, time_of(client->limits.command_ms)) == REDIS_OK ||
	       fail(client, err_r, client->context->errstr);
}

struct redis_client *redis_client_connect(const struct redis_uri *uri, struct redis_limits limits,
                                          struct error *err_r)
{
	struct redis_client *client = memory_calloc(1, sizeof(*client));

	client->limits = limits;
	client->where = uri->where;
	if (open_socket(client, uri, err_r) && (!uri->tls || start_tls(client, uri, err_r)) &&
	    log_in(client, uri, err_r) &&
	    (uri->database == 0 ||
	     obeyed(client, redis_client_ask(client, err_r, "SELECT %d", uri->database), err_r)))
		return client;
	redis_client_free(client);
	return NULL;
}

void redis_client_free(struct redis_client *client)
{
	if (client == NULL)
		return;
	SSL_free(client->tls);
	SSL_CTX_free(client->tls_settings);
	if (client->context != NULL)
		redisFree(client->context);
	free(client->queued);
	free(client);
}
