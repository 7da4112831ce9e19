// Checks a log's checkpoint, a record's inclusion and the log's growth with golang.org/x/mod/sumdb, the software behind
// Go's own checksum database. It shares no code with the archive, and knows nothing of its format but what C2SP has.
//
//	check VKEY PROOF RECORD OLD GROWTH TILE RECORDS
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(what string, err error) {
	if err != nil {
		fmt.Printf("refused: %s: %v\n", what, err)
		os.Exit(3)
	}
}

func read(at int) []byte {
	data, err := os.ReadFile(os.Args[at])
	fail("reading", err)
	return data
}

// opened is the size and the root of a checkpoint that the key has signed.
func opened(signed []byte, known note.Verifiers, origin string) (int64, tlog.Hash) {
	checkpoint, err := note.Open(signed, known)
	fail("signature", err)
	lines := strings.Split(checkpoint.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		fail("checkpoint", fmt.Errorf("not three lines for %s", origin))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail("size", err)
	root, err := tlog.ParseHash(lines[2])
	fail("root", err)
	return size, root
}

func hashes(lines []string) []tlog.Hash {
	found := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		one, err := tlog.ParseHash(line)
		fail("hash", err)
		found = append(found, one)
	}
	return found
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	fail("key", err)
	known := note.VerifierList(verifier)

	parts := bytes.SplitN(read(2), []byte("\n\n"), 2)
	head := strings.Split(string(parts[0]), "\n")
	size, root := opened(parts[1], known, verifier.Name())
	record := bytes.TrimSuffix(read(3), []byte("\n"))
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(head[1], "extra "))
	fail("extra", err)
	if !bytes.Equal(extra, record) {
		fail("extra", fmt.Errorf("not the record"))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[2], "index "), 10, 64)
	fail("index", err)
	fail("inclusion", tlog.CheckRecord(hashes(head[3:]), size, root, index, tlog.RecordHash(record)))

	old, oldRoot := opened(read(4), known, verifier.Name())
	fail("consistency", tlog.CheckTree(hashes(strings.Fields(string(read(5)))), size, root, old, oldRoot))

	var leaves []byte
	for _, line := range bytes.Split(bytes.TrimSuffix(read(7), []byte("\n")), []byte("\n")) {
		hash := tlog.RecordHash(line)
		leaves = append(leaves, hash[:]...)
	}
	if !bytes.Equal(read(6), leaves) {
		fail("tile", fmt.Errorf("not the hashes of its records"))
	}
	fmt.Printf("accepted: record %d of %d, grown from %d\n", index, size, old)
}
