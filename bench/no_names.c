/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A DNS server on loopback that knows no name, for filters that can't do without one: prints its
 * port, and answers NXDOMAIN to everything until it is killed. It may be kept for an hour.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#define HEADER 12

/* The root's SOA (RFC 1035 section 3.3.13): its name, type, class, TTL, length, and 22 bytes. TTL
 * and MINIMUM, 3,600 seconds, are how long an answer may be kept (RFC 2308). */
static const unsigned char soa[] = { 0, 0,    6,    0, 1, 0,    0,    0x0e, 0x10, 0,    22,
	                             0, 0,    0,    0, 0, 1,    0,    0,    0x0e, 0x10, 0,
	                             0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0,    0,    0x0e, 0x10 };
#define PACKET_MAX 4096

/* Bytes of the question: its name, type and class; 0 for none that is whole. */
static size_t question_len(const unsigned char *packet, size_t len)
{
	size_t at = HEADER;

	while (at < len && packet[at] != 0)
		at += 1 + packet[at];
	at += 5;
	return at <= len ? at - HEADER : 0;
}

/* Makes the answer of the query; its length, 0 for none. */
static size_t answer(unsigned char *packet, size_t len)
{
	size_t question = len > HEADER ? question_len(packet, len) : 0;

	if (question == 0 || HEADER + question + sizeof(soa) > PACKET_MAX)
		return 0;
	packet[2] = 0x80 | (packet[2] & 0x79); /* QR; opcode and RD as they were */
	packet[3] = 0x80 | 3;                  /* RA, NXDOMAIN */
	for (int i = 6; i < HEADER; i++)
		packet[i] = 0;
	packet[9] = 1; /* of authority */
	memcpy(packet + HEADER + question, soa, sizeof(soa));
	return HEADER + question + sizeof(soa);
}

int main(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET }, client;
	socklen_t len = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&self, &len) != 0) {
		perror("no_names");
		return EX_OSERR;
	}
	printf("%d\n", ntohs(self.sin_port));
	fflush(stdout);
	for (;;) {
		unsigned char packet[PACKET_MAX];
		ssize_t n;

		len = sizeof(client);
		n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&client, &len);
		if (n > 0)
			n = (ssize_t)answer(packet, (size_t)n);
		if (n > 0 && sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&client, len) < 0)
			continue; /* who asked has gone */
	}
}
