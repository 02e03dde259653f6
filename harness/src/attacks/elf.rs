//! As much of an ELF file as tells how a program was built (System V gABI, 64 bit, little endian).

use crate::verdict::AttackError;
use std::path::Path;

/// The constants of a program, where its texts are.
pub(super) fn constants(binary: &Path) -> Result<Vec<u8>, AttackError> {
    let bytes = std::fs::read(binary)?;
    let elf =
        Elf::parse(&bytes).ok_or_else(|| AttackError::Setup("the service's binary is no ELF file".into()))?;
    let constants = elf.section(".rodata").filter(|section| !section.is_empty());
    constants.map(<[u8]>::to_vec).ok_or_else(|| AttackError::Setup("the binary has no constants".into()))
}

/// A parsed program.
pub(super) struct Elf<'a> {
    bytes: &'a [u8],
}

const TYPE: usize = 16;
const PROGRAM_HEADERS: usize = 32;
const SECTION_HEADERS: usize = 40;
const PROGRAM_HEADER_COUNT: usize = 56;
const SECTION_HEADER_COUNT: usize = 60;
const NAME_SECTION: usize = 62;
const PROGRAM_HEADER_SIZE: usize = 56;
const SECTION_HEADER_SIZE: usize = 64;

/// `ET_DYN`: position-independent.
const DYNAMIC_OBJECT: u64 = 3;
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const PT_GNU_STACK: u64 = 0x6474_e551;
const PT_GNU_RELRO: u64 = 0x6474_e552;
const EXECUTABLE: u64 = 1;
const WRITABLE: u64 = 2;
const DT_BIND_NOW: u64 = 24;
const DT_FLAGS: u64 = 30;
const DT_FLAGS_1: u64 = 0x6fff_fffb;

struct Segment<'a> {
    kind: u64,
    flags: u64,
    content: &'a [u8],
}

impl<'a> Elf<'a> {
    /// `None` when it is no 64-bit little-endian ELF.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        (bytes.get(..6)? == b"\x7fELF\x02\x01").then_some(Self { bytes })
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn size(&self, at: usize, size: usize) -> Option<usize> {
        usize::try_from(self.number(at, size)?).ok()
    }

    fn content(&self, offset: usize, size: usize) -> Option<&'a [u8]> {
        self.bytes.get(offset..offset.checked_add(size)?)
    }

    /// The content of the section of that name.
    pub(super) fn section(&self, name: &str) -> Option<&'a [u8]> {
        let (table, count) = (self.size(SECTION_HEADERS, 8)?, self.size(SECTION_HEADER_COUNT, 2)?);
        let header = |index: usize| table + index * SECTION_HEADER_SIZE;
        let content =
            |index: usize| self.content(self.size(header(index) + 24, 8)?, self.size(header(index) + 32, 8)?);
        let names = content(self.size(NAME_SECTION, 2)?)?;
        let index = (0..count).find(|&index| {
            let named = self.size(header(index), 4).and_then(|at| names.get(at..)).unwrap_or_default();
            named.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
        })?;
        content(index)
    }

    fn segments(&self) -> Vec<Segment<'a>> {
        let parse = |index: usize| {
            let header = self.size(PROGRAM_HEADERS, 8)? + index * PROGRAM_HEADER_SIZE;
            Some(Segment {
                kind: self.number(header, 4)?,
                flags: self.number(header + 4, 4)?,
                content: self.content(self.size(header + 8, 8)?, self.size(header + 32, 8)?)?,
            })
        };
        (0..self.size(PROGRAM_HEADER_COUNT, 2).unwrap_or(0)).filter_map(parse).collect()
    }

    /// What is missing of position independence, full RELRO, and memory that is never both written and run.
    pub(super) fn weaknesses(&self) -> Vec<&'static str> {
        let segments = self.segments();
        let mut missing = Vec::new();
        if self.number(TYPE, 2) != Some(DYNAMIC_OBJECT) {
            missing.push("it is not position-independent");
        }
        if !segments.iter().any(|segment| segment.kind == PT_GNU_RELRO) {
            missing.push("relocations stay writable");
        }
        let dynamic = segments.iter().find(|segment| segment.kind == PT_DYNAMIC);
        if !dynamic.is_some_and(|dynamic| binds_now(dynamic.content)) {
            missing.push("symbols are bound late");
        }
        let stack = segments.iter().find(|segment| segment.kind == PT_GNU_STACK);
        if stack.is_none_or(|stack| stack.flags & EXECUTABLE != 0) {
            missing.push("the stack can be run");
        }
        let both = WRITABLE | EXECUTABLE;
        if segments.iter().any(|segment| segment.kind == PT_LOAD && segment.flags & both == both) {
            missing.push("memory is writable and can be run");
        }
        missing
    }
}

/// The same program with a stack that can be run; `None` when it has no such segment.
pub(super) fn with_executable_stack(bytes: &[u8]) -> Option<Vec<u8>> {
    let elf = Elf::parse(bytes)?;
    let headers = elf.size(PROGRAM_HEADERS, 8)?;
    let count = elf.size(PROGRAM_HEADER_COUNT, 2)?;
    let header = (0..count)
        .map(|index| headers + index * PROGRAM_HEADER_SIZE)
        .find(|header| elf.number(*header, 4) == Some(PT_GNU_STACK))?;
    let mut copy = bytes.to_vec();
    *copy.get_mut(header + 4)? |= 1;
    Some(copy)
}

/// `BIND_NOW` in any of its three spellings.
fn binds_now(dynamic: &[u8]) -> bool {
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    dynamic.chunks_exact(16).any(|entry| {
        let (tag, value) = entry.split_at(8);
        match (word(tag), word(value)) {
            (DT_BIND_NOW, _) => true,
            (DT_FLAGS, flags) => flags & 8 != 0,
            (DT_FLAGS_1, flags) => flags & 1 != 0,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Elf;

    #[test]
    fn this_very_program_is_understood() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let elf = Elf::parse(&bytes).unwrap();
        assert!(elf.section(".rodata").is_some_and(|section| !section.is_empty()));
        assert_eq!(elf.weaknesses(), Vec::<&str>::new());
        assert!(Elf::parse(b"#!/bin/sh\n").is_none());
    }
}
