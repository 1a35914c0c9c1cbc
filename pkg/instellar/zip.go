package instellar

import "encoding/binary"

// The records of a zip file (PKWARE's APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16), all of little-endian numbers. The
// standard library writes them only together with the content, in one go; here they are made beforehand, so that
// the archive's length is known and each part of it can be read again. There is no zip64, no data
// descriptor and no directory entry: the consumer reads none of them.

const (
	zipVersion = 20       // 2.0, the least that is usual
	zipUnix    = 3 << 8   // made on Unix: the attributes hold a mode
	zipMode    = 0o100644 // a regular file
	zipDate    = 1<<5 | 1 // the first of January 1980: the same files give the same archive
	zipName    = 1 << 11  // flag: names are UTF-8
)

const (
	localSignature   = 0x04034b50
	centralSignature = 0x02014b50
	endSignature     = 0x06054b50
)

// entry is what both records of a file say of it.
type entry struct {
	Version, Flags, Method, Time, Date uint16
	CRC, Compressed, Size              uint32
	NameLength, ExtraLength            uint16
}

func entryOf(f *measured) entry {
	size := uint32(f.Size())
	return entry{Version: zipVersion, Flags: zipName, Date: zipDate, CRC: f.crc, Compressed: size, Size: size,
		NameLength: uint16(len(f.Path()))}
}

// localRecord stands before the content.
func localRecord(f *measured) []byte {
	return append(encode(uint32(localSignature), entryOf(f)), f.Path()...)
}

// centralRecord stands in the directory at the end; at is where the local record begins.
func centralRecord(f *measured, at int64) []byte {
	return append(encode(uint32(centralSignature), uint16(zipUnix|zipVersion), entryOf(f), struct {
		CommentLength, Disk, Internal uint16
		External, Offset              uint32
	}{External: zipMode << 16, Offset: uint32(at)}), f.Path()...)
}

// endRecord ends the archive; the directory of that many bytes begins at byte at.
func endRecord(files, directory int, at int64) []byte {
	return encode(uint32(endSignature), struct {
		Disk, DirectoryDisk, FilesHere, Files uint16
		DirectorySize, DirectoryOffset        uint32
		CommentLength                         uint16
	}{FilesHere: uint16(files), Files: uint16(files), DirectorySize: uint32(directory), DirectoryOffset: uint32(at)})
}

// encode writes values of fixed size.
func encode(values ...any) []byte {
	var b []byte
	for _, v := range values {
		b, _ = binary.Append(b, binary.LittleEndian, v) // fails only for values without a fixed size
	}
	return b
}
