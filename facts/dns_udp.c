/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/memory.h"
#include "facts/dns_client_private.h"

/* Questions from one port; see dns_client.h. */
#define QUESTIONS_MAX 100

struct dns_packet_out {
	struct dns_udp *udp;
	size_t len;
	unsigned char data[DNS_PACKET_QUERY_MAX];
};

static struct dns_attempt **find(struct dns_udp *udp, uint16_t id)
{
	struct dns_attempt **at = &udp->buckets[id & (DNS_UDP_BUCKETS - 1)];

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

/* All that waits for this server's socket. */
static void refuse(struct dns_client *client, struct dns_udp *udp)
{
	struct dns_attempt *attempt, *next;

	for (size_t i = 0; i < DNS_UDP_BUCKETS; i++) {
		for (attempt = udp->buckets[i]; attempt != NULL; attempt = next) {
			next = attempt->next;
			dns_client_refused(client, attempt);
		}
	}
}

static void take(struct dns_client *client, struct dns_udp *udp, const struct mmsghdr *message)
{
	unsigned char *packet = message->msg_hdr.msg_iov->iov_base;
	struct dns_attempt *attempt;
	uint16_t id;

	if (!dns_packet_is_response(packet, message->msg_len, &id))
		return;
	if ((message->msg_hdr.msg_flags & MSG_TRUNC) != 0)
		dns_packet_set_truncated(packet);
	attempt = *find(udp, id);
	if (attempt != NULL)
		dns_client_reply(client, attempt, packet, message->msg_len, false);
}

static void receive(struct dns_client *client, struct dns_watch *watch)
{
	struct dns_udp *udp = (struct dns_udp *)watch;
	struct mmsghdr messages[DNS_UDP_BATCH];
	struct iovec room[DNS_UDP_BATCH];
	int got;

	memset(messages, 0, sizeof(messages));
	for (size_t i = 0; i < DNS_UDP_BATCH; i++) {
		room[i] = (struct iovec){ client->inbox + i * client->inbox_bytes,
			                  client->inbox_bytes };
		messages[i].msg_hdr.msg_iov = &room[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	got = recvmmsg(watch->fd, messages, DNS_UDP_BATCH, MSG_DONTWAIT, NULL);
	if (got < 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH))
		refuse(client, udp);
	for (int i = 0; i < got; i++)
		take(client, udp, &messages[i]);
}

static struct dns_udp *open_socket(struct dns_client *client, struct dns_server *server)
{
	int fd = socket(server->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct dns_udp *udp;

	if (fd < 0)
		return NULL;
	udp = memory_calloc(1, sizeof(*udp));
	udp->watch.ready = receive;
	udp->watch.fd = fd;
	udp->server = server;
	if (connect(fd, (struct sockaddr *)&server->address, server->address_len) != 0 ||
	    !dns_client_watch(client, &udp->watch, EPOLLIN)) {
		close(fd);
		free(udp);
		return NULL;
	}
	udp->next = client->udps;
	client->udps = udp;
	client->udp_count++;
	return udp;
}

/* For a new question. Where no other is to be had, one may be used for longer. */
static struct dns_udp *socket_for(struct dns_client *client, struct dns_server *server)
{
	struct dns_udp *udp = NULL;

	if (server->udp != NULL && server->udp->sent < QUESTIONS_MAX)
		return server->udp;
	if (client->udp_count < client->udp_max || server->udp == NULL)
		udp = open_socket(client, server);
	if (udp != NULL)
		server->udp = udp;
	return server->udp;
}

bool dns_udp_send(struct dns_client *client, struct dns_attempt *attempt,
                  const struct dns_packet_question *question, unsigned edns_bytes)
{
	struct dns_packet_out *out;
	struct dns_attempt **at;

	if (attempt->udp == NULL) {
		struct dns_udp *udp = socket_for(client, attempt->server);

		if (udp == NULL)
			return false;
		/* A number that waits for an answer already is not drawn twice. */
		do
			attempt->id = dns_client_random(client);
		while (*(at = find(udp, attempt->id)) != NULL);
		*at = attempt;
		attempt->next = NULL;
		attempt->udp = udp;
		udp->open++;
		udp->sent++;
	}
	if (client->outbox_count == client->outbox_room) {
		client->outbox_room = client->outbox_room > 0 ? 2 * client->outbox_room : 64;
		client->outbox = memory_realloc(client->outbox,
		                                client->outbox_room * sizeof(*client->outbox));
	}
	out = &client->outbox[client->outbox_count++];
	out->udp = attempt->udp;
	atomic_fetch_add_explicit(&attempt->server->asked, 1, memory_order_relaxed);
	out->len = dns_packet_query(question, attempt->id, edns_bytes, out->data);
	return true;
}

void dns_udp_forget(struct dns_attempt *attempt)
{
	if (attempt->udp == NULL)
		return;
	*find(attempt->udp, attempt->id) = attempt->next;
	attempt->udp->open--;
	attempt->udp = NULL;
}

/* Sends what goes out from the same socket, from `first` on; gives how many packets are done with,
 * for better or worse: what gets lost is sent again later. */
static size_t send_run(struct dns_client *client, size_t first)
{
	struct mmsghdr messages[DNS_UDP_BATCH];
	struct iovec data[DNS_UDP_BATCH];
	struct dns_udp *udp = client->outbox[first].udp;
	unsigned count = 0;
	int sent;

	memset(messages, 0, sizeof(messages));
	while (count < DNS_UDP_BATCH && first + count < client->outbox_count &&
	       client->outbox[first + count].udp == udp) {
		struct dns_packet_out *out = &client->outbox[first + count];

		data[count] = (struct iovec){ out->data, out->len };
		messages[count].msg_hdr.msg_iov = &data[count];
		messages[count].msg_hdr.msg_iovlen = 1;
		count++;
	}
	/* The first error may be about something that was sent earlier. */
	sent = sendmmsg(udp->watch.fd, messages, count, MSG_NOSIGNAL);
	if (sent < 0)
		sent = sendmmsg(udp->watch.fd, messages, count, MSG_NOSIGNAL);
	if (sent > 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != ENOBUFS)
		refuse(client, udp);
	return count;
}

void dns_udp_flush(struct dns_client *client)
{
	/* Servers that refuse may make it longer. */
	for (size_t done = 0; done < client->outbox_count;)
		done += send_run(client, done);
	client->outbox_count = 0;
}

void dns_udp_close(struct dns_client *client, bool all)
{
	struct dns_udp **at = &client->udps, *udp;

	while ((udp = *at) != NULL) {
		if (!all && (udp->open > 0 || udp->sent < QUESTIONS_MAX)) {
			at = &udp->next;
			continue;
		}
		*at = udp->next;
		client->udp_count--;
		if (udp->server->udp == udp)
			udp->server->udp = NULL;
		close(udp->watch.fd);
		free(udp);
	}
}
