// Opens a sealed record and a sealed file with Go's own AES and GCM. It shares no code with the archive and knows what
// FORMAT.md says, no more.
//
//	open WRAPPING-KEY RING-BLOB RECORD FILE-BLOB    all but the first are files; prints the box and the file
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

const chunk = 65536 + 16

func refuse(what string) {
	fmt.Printf("refused: %s\n", what)
	os.Exit(3)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return data
}

func bytesOf(value any) []byte {
	data, err := base64.StdEncoding.Strict().DecodeString(value.(string))
	if err != nil {
		refuse("base64")
	}
	return data
}

func members(data []byte) map[string]any {
	var found map[string]any
	if json.Unmarshal(data, &found) != nil {
		refuse("JSON")
	}
	return found
}

// RFC 3394 section 2.2.2, with a 256-bit key
func unwrap(key, wrapped []byte) []byte {
	block, _ := aes.NewCipher(key)
	n := len(wrapped)/8 - 1
	a, r := append([]byte{}, wrapped[:8]...), append([]byte{}, wrapped[8:]...)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			t := binary.BigEndian.Uint64(a) ^ uint64(n*j+i)
			both := make([]byte, 16)
			binary.BigEndian.PutUint64(both, t)
			copy(both[8:], r[8*(i-1):8*i])
			block.Decrypt(both, both)
			copy(a, both[:8])
			copy(r[8*(i-1):], both[8:])
		}
	}
	if !bytes.Equal(a, bytes.Repeat([]byte{0xa6}, 8)) {
		refuse("wrapped key")
	}
	return r
}

func open(key, nonce, content, bound []byte, what string) []byte {
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	plain, err := gcm.Open(nil, nonce, content, bound)
	if err != nil {
		refuse(what)
	}
	return plain
}

// The canonical JSON of a few strings, whose keys are in order already; none of them needs an escape here.
func identity(record map[string]any) []byte {
	var parts []string
	for _, name := range []string{"class", "conversation", "direction", "id", "kind", "occurred_at"} {
		if value, ok := record[name]; ok {
			parts = append(parts, fmt.Sprintf(`"%s":"%s"`, name, value))
		}
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func openFile(key, stored []byte) (plain []byte) {
	for number := 0; ; number++ {
		nonce := make([]byte, 12)
		binary.BigEndian.PutUint64(nonce[3:11], uint64(number))
		if len(stored) <= chunk {
			nonce[11] = 1
			return append(plain, open(key, nonce, stored, nil, "file")...)
		}
		plain = append(plain, open(key, nonce, stored[:chunk], nil, "file")...)
		stored = stored[chunk:]
	}
}

func main() {
	wrapping, _ := hex.DecodeString(os.Args[1])
	datakey := unwrap(wrapping, bytesOf(members(read(os.Args[2]))["key"]))
	record := members(read(os.Args[3]))
	sealed := record["sealed"].(map[string]any)
	box := open(datakey, bytesOf(sealed["nonce"]), bytesOf(sealed["box"]), identity(record), "box")
	fmt.Printf("%s\n", box)
	file := members(box)["attachments"].([]any)[0].(map[string]any)["sealed"].(map[string]any)
	os.Stdout.Write(openFile(bytesOf(file["key"]), read(os.Args[4])))
}
