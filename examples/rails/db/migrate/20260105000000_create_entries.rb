class CreateEntries < ActiveRecord::Migration[8.0]
  def change
    create_table :entries do |t|
      t.string :name, null: false
      t.text :text, null: false
      t.timestamps
    end
  end
end
