//! Parquet and Arrow IPC: the same schema, the same batches of rows.

use std::{collections::HashMap, fs::File, io::BufWriter, mem, sync::Arc};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder},
};
use arrow_ipc::{
    CompressionType,
    writer::{FileWriter, IpcWriteOptions},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use campaign::{Cell, Cells, Column, ColumnKind};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::{metadata::KeyValue, properties::WriterProperties},
};

use crate::{Result, Rows, Told};

/// Rows that are held in memory as they are.
const BATCH: usize = 1 << 15;
/// Rows of a row group, which is held in memory compressed.
const ROW_GROUP: usize = 1 << 19;

pub(crate) fn write_parquet(rows: &Rows, file: File, told: &mut Told) -> Result<u64> {
    let facts = rows.facts.with(rows.table);
    let facts = facts.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_created_by(concat!("memloop ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(facts))
        .build();
    // What readers of Parquet know as metadata of the file need not be in the schema again.
    let schema = Arc::new(Schema::new(fields(rows)));
    let mut writer =
        ArrowWriter::try_new(BufWriter::new(file), Arc::clone(&schema), Some(properties))?;
    let count = batches(rows, &schema, told, &mut |batch| Ok(writer.write(&batch)?))?;
    writer.close()?;
    Ok(count)
}

pub(crate) fn write_ipc(rows: &Rows, file: File, told: &mut Told) -> Result<u64> {
    let facts: HashMap<_, _> = rows.facts.with(rows.table).into_iter().collect();
    let schema = Arc::new(Schema::new_with_metadata(fields(rows), facts));
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?;
    let mut writer = FileWriter::try_new_with_options(BufWriter::new(file), &schema, options)?;
    let count = batches(rows, &schema, told, &mut |batch| Ok(writer.write(&batch)?))?;
    writer.finish()?;
    Ok(count)
}

fn fields(rows: &Rows) -> Vec<Field> {
    rows.table.columns().iter().map(field).collect()
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        ColumnKind::Integer => DataType::Int64,
        ColumnKind::Flag => DataType::Boolean,
        ColumnKind::Real => DataType::Float64,
        _ => DataType::Utf8,
    };
    let mut facts = HashMap::from([("description".to_owned(), column.meaning.to_owned())]);
    facts.extend(column.unit.map(|it| ("unit".to_owned(), it.to_owned())));
    Field::new(column.name, kind, column.nullable).with_metadata(facts)
}

fn batches(
    rows: &Rows,
    schema: &SchemaRef,
    told: &mut Told,
    each: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<u64> {
    let mut builders: Vec<_> = rows.table.columns().iter().map(Builder::of).collect();
    let mut held = 0;
    let mut bring = |builders: &mut [Builder], held: &mut usize| {
        if mem::take(held) == 0 {
            return Ok(());
        }
        let arrays = builders.iter_mut().map(Builder::finish).collect();
        each(RecordBatch::try_new(Arc::clone(schema), arrays)?)
    };
    let count = rows.each(told, &mut |cells| {
        for (at, builder) in builders.iter_mut().enumerate() {
            builder.add(cells, at)?;
        }
        held += 1;
        if held == BATCH { bring(&mut builders, &mut held) } else { Ok(()) }
    })?;
    bring(&mut builders, &mut held)?;
    Ok(count)
}

/// A column of the batch that is being filled.
enum Builder {
    Integer(Int64Builder),
    Flag(BooleanBuilder),
    Real(Float64Builder),
    Text(StringBuilder),
}

impl Builder {
    fn of(column: &Column) -> Builder {
        match column.kind {
            ColumnKind::Integer => Builder::Integer(Int64Builder::new()),
            ColumnKind::Flag => Builder::Flag(BooleanBuilder::new()),
            ColumnKind::Real => Builder::Real(Float64Builder::new()),
            _ => Builder::Text(StringBuilder::new()),
        }
    }

    fn add(&mut self, cells: &Cells, at: usize) -> Result<()> {
        let cell = cells.get(at)?;
        match self {
            Builder::Integer(it) => it.append_option(match cell {
                Cell::Integer(value) => Some(value),
                _ => None,
            }),
            Builder::Flag(it) => it.append_option(match cell {
                Cell::Integer(value) => Some(value != 0),
                _ => None,
            }),
            Builder::Real(it) => it.append_option(match cell {
                Cell::Real(value) => Some(value),
                _ => None,
            }),
            Builder::Text(it) => it.append_option(match cell {
                Cell::Text(value) => Some(value),
                _ => None,
            }),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Integer(it) => Arc::new(it.finish()),
            Builder::Flag(it) => Arc::new(it.finish()),
            Builder::Real(it) => Arc::new(it.finish()),
            Builder::Text(it) => Arc::new(it.finish()),
        }
    }
}
