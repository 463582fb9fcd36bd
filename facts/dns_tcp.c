/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question over one connection, for answers that don't fit into a datagram: RFC 7766. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/memory.h"
#include "facts/dns_client_private.h"

/* Connections at a time. */
#define TCP_MAX 64

struct dns_tcp {
	struct dns_watch watch;
	struct dns_tcp *next_closed;
	struct dns_attempt *attempt;
	uint16_t id;
	size_t sent, out_len;
	unsigned char out[2 + DNS_PACKET_QUERY_MAX];
	unsigned char size[2]; /* of the reply, RFC 1035 section 4.2.2 */
	size_t got;            /* octets of both */
	unsigned char *in;
};

static void fail(struct dns_client *client, struct dns_tcp *tcp)
{
	dns_client_attempt_failed(client, tcp->attempt, DNS_NO_RCODE);
}

static bool is_transient(void)
{
	return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS;
}

static size_t reply_size(const struct dns_tcp *tcp)
{
	return (size_t)tcp->size[0] << 8 | tcp->size[1];
}

static void read_ready(struct dns_client *client, struct dns_watch *watch)
{
	struct dns_tcp *tcp = (struct dns_tcp *)watch;
	bool in_size = tcp->got < sizeof(tcp->size);
	size_t want = in_size ? sizeof(tcp->size) : sizeof(tcp->size) + reply_size(tcp);
	uint16_t id;
	ssize_t n;

	n = recv(watch->fd, in_size ? tcp->size + tcp->got : tcp->in + tcp->got - sizeof(tcp->size),
	         want - tcp->got, MSG_DONTWAIT);
	if (n < 0 && is_transient())
		return;
	if (n <= 0) {
		fail(client, tcp);
		return;
	}
	tcp->got += (size_t)n;
	if (tcp->got < want)
		return;
	if (in_size) {
		if (reply_size(tcp) == 0)
			fail(client, tcp);
		else
			tcp->in = memory_alloc(reply_size(tcp));
		return;
	}
	if (dns_packet_is_response(tcp->in, reply_size(tcp), &id) && id == tcp->id)
		dns_client_reply(client, tcp->attempt, tcp->in, reply_size(tcp), true);
	else
		fail(client, tcp);
}

static void write_ready(struct dns_client *client, struct dns_watch *watch)
{
	struct dns_tcp *tcp = (struct dns_tcp *)watch;
	struct epoll_event reading = { .events = EPOLLIN, .data.ptr = watch };
	ssize_t n = send(watch->fd, tcp->out + tcp->sent, tcp->out_len - tcp->sent, MSG_NOSIGNAL);

	if (n < 0 && is_transient())
		return;
	if (n < 0) {
		fail(client, tcp);
		return;
	}
	tcp->sent += (size_t)n;
	if (tcp->sent < tcp->out_len)
		return;
	watch->ready = read_ready;
	if (epoll_ctl(client->epoll, EPOLL_CTL_MOD, watch->fd, &reading) != 0)
		fail(client, tcp);
}

bool dns_tcp_start(struct dns_client *client, struct dns_attempt *attempt,
                   const struct dns_packet_question *question, unsigned edns_bytes,
                   struct dns_tcp **tcp_r)
{
	const struct dns_server *server = attempt->server;
	struct dns_tcp *tcp;
	size_t len;

	if (client->tcp_count >= TCP_MAX)
		return false;
	tcp = memory_calloc(1, sizeof(*tcp));
	tcp->watch.ready = write_ready;
	tcp->attempt = attempt;
	tcp->id = dns_client_random(client);
	len = dns_packet_query(question, tcp->id, edns_bytes, tcp->out + 2);
	tcp->out[0] = (unsigned char)(len >> 8);
	tcp->out[1] = (unsigned char)len;
	tcp->out_len = len + 2;
	tcp->watch.fd =
		socket(server->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (tcp->watch.fd >= 0 &&
	    (connect(tcp->watch.fd, (const struct sockaddr *)&server->address,
	             server->address_len) == 0 ||
	     is_transient()) &&
	    dns_client_watch(client, &tcp->watch, EPOLLOUT)) {
		client->tcp_count++;
		*tcp_r = tcp;
		return true;
	}
	if (tcp->watch.fd >= 0)
		close(tcp->watch.fd);
	free(tcp);
	return false;
}

void dns_tcp_end(struct dns_client *client, struct dns_tcp *tcp)
{
	close(tcp->watch.fd);
	tcp->watch.ready = NULL;
	tcp->next_closed = client->closed;
	client->closed = tcp;
	client->tcp_count--;
}

void dns_tcp_free_closed(struct dns_client *client)
{
	struct dns_tcp *tcp;

	while ((tcp = client->closed) != NULL) {
		client->closed = tcp->next_closed;
		free(tcp->in);
		free(tcp);
	}
}
